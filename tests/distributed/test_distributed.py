"""`hilander cluster --scheduler`: a scheduler and workers as processes on loopback make what one machine makes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from distributed import Client
from pyarrow import parquet

from hilander.cli.main import main
from hilander.distributed import checks, first_level, workers
from hilander.distributed.checks import Look, compare
from hilander.distributed.part_tasks import Lists
from hilander.errors import InputError
from hilander.hierarchy.run import Run
from suite.generated import generated
from suite.served import free_port

ARRAYS = ("parent", "merge_level", "link_prob", "link_sim", "density")


class Far:
    """A scheduler and its workers."""

    def __init__(self, folder) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self._run("dask_scheduler", "--port", str(self.port))
        self.workers = []

    def add_worker(self) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        self.workers.append(self._run("dask_worker", self.address, *words))
        return self.workers[-1]

    def _run(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.{what}", *words, "--host", "127.0.0.1"]
            return subprocess.Popen([*command, "--no-dashboard"], stdout=log, stderr=log)

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process.poll() is None:
                process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def far(tmp_path_factory) -> Iterator[Far]:
    found = Far(tmp_path_factory.mktemp("far"))
    found.add_worker()
    found.add_worker()
    with Client(found.address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)  # a run begins with those that are there
    yield found
    found.stop()


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    """3,000 rows of 24 values; a hundred of them twice."""
    rows, _ = generated(3_000, 24, seed=3)
    rows[1_000:1_100] = rows[:100]
    return rows * 3


def as_npy(x, folder):
    folder.mkdir()
    for i, rows in zip((1, 2, 10), np.array_split(x, 3), strict=True):
        np.save(folder / f"part-{i}.npy", rows)
    (folder / "labels.csv").write_text("id,label\n")
    return folder


def as_parquet(x, folder):
    folder.mkdir()
    ids = [f"image {i} of {len(x)}" for i in range(len(x))]
    for i, rows in enumerate(np.array_split(np.arange(len(x)), 2)):
        columns = {"id": [ids[row] for row in rows], "embedding": list(x[rows])}
        parquet.write_table(pa.table(columns), folder / f"{i}.parquet")
    return folder


def cluster(source, out, *words):
    return main(["cluster", str(source), "--out", str(out), *map(str, words)])


def assert_same(one, other):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one.hierarchy, name), getattr(other.hierarchy, name), name)
    assert one.hierarchy.levels == other.hierarchy.levels
    assert (one.id_list() == other.id_list()).all()
    assert one.meta["sources"] == other.meta["sources"]
    for kept, also in zip(kept_for_later(one), kept_for_later(other), strict=True):
        np.testing.assert_array_equal(kept, also)


def kept_for_later(run):
    """What `hilander add` and the app's map read."""
    graph = run.graph
    return (
        () if graph is None else (graph.neighbors, graph.similarity, graph.link_prob, graph.node, run.wholes)
    )


@pytest.mark.parametrize("shards", [as_npy, as_parquet])
def test_shards_give_what_one_machine_gives(far, x, tmp_path, capsys, shards):
    source = shards(x, tmp_path / "shards")
    assert cluster(source, tmp_path / "far", "--scheduler", far.address) == 0
    assert "2 workers; moved" in capsys.readouterr().out
    assert cluster(source, tmp_path / "here", "--knn", "exact") == 0
    run, here = Run.load(tmp_path / "far"), Run.load(tmp_path / "here")
    assert_same(run, here)
    assert (run.ids is None) == (shards is as_npy)
    found = run.meta["distributed"]
    assert found["bytes"]["to_workers"] > 0
    assert found["bytes"]["from_workers"] > 0
    assert run.meta["config"]["knn"] == "exact"
    more = as_parquet(x[:10] + 0.01, tmp_path / "new") / "0.parquet" if run.ids is not None else None
    if more is None:
        np.save(more := tmp_path / "new.npy", x[:10] + 0.01)
    assert main(["add", str(tmp_path / "far"), str(more), "--out", str(tmp_path / "more")]) == 0


def test_a_single_file_and_very_few_images(far, tmp_path):
    for n in (1, 5):
        np.save(tmp_path / f"{n}.npy", np.eye(8, dtype=np.float32)[:n] + 0.1)
        assert cluster(tmp_path / f"{n}.npy", tmp_path / f"far {n}", "--scheduler", far.address) == 0
        assert cluster(tmp_path / f"{n}.npy", tmp_path / f"here {n}", "--knn", "exact") == 0
        assert_same(Run.load(tmp_path / f"far {n}"), Run.load(tmp_path / f"here {n}"))


@pytest.mark.parametrize("stage", ["neighbors_of_part", "mixed_codes"])
def test_a_worker_killed_in_the_middle_costs_nothing_but_time(far, x, tmp_path, monkeypatch, capsys, stage):
    source = as_npy(x, tmp_path / "shards")
    third, submit = far.add_worker(), workers.Workers.submit
    wait_for_workers(far, 3)

    def kills(self, function, *args):
        if function.__name__ == stage and third.poll() is None and self.stages.get(stage, 0) >= 2:
            third.send_signal(signal.SIGKILL)
        return submit(self, function, *args)

    monkeypatch.setattr(workers.Workers, "submit", kills)
    assert cluster(source, tmp_path / "far", "--scheduler", far.address) == 0
    assert third.wait(5) == -signal.SIGKILL
    assert "3 workers" in capsys.readouterr().out
    assert cluster(source, tmp_path / "here", "--knn", "exact") == 0
    assert_same(Run.load(tmp_path / "far"), Run.load(tmp_path / "here"))


def wait_for_workers(far, n):
    from distributed import Client

    with Client(far.address, timeout=10) as client:
        client.wait_for_workers(n, timeout=20)


REFUSED = [
    ("http://127.0.0.1:1", (), "--scheduler must be tcp:// or tls://HOST:PORT; got 'http://127.0.0.1:1'"),
    ("tcp://127.0.0.1:1", (), "expected a Dask scheduler at tcp://127.0.0.1:1, got no answer"),
    ("tcp://127.0.0.1:1", ("--knn", "approx"), "--knn must be exact with --scheduler; got approx"),
    ("tcp://127.0.0.1:1", ("--device", "cuda"), "--device must be cpu with --scheduler; got cuda"),
]


@pytest.mark.parametrize(("address", "words", "told"), REFUSED)
def test_what_cannot_be_is_told_in_a_line(x, tmp_path, monkeypatch, capsys, address, words, told):
    monkeypatch.setattr(workers, "CONNECT", 0.5)
    source = as_npy(x[:20], tmp_path / "shards")
    assert cluster(source, tmp_path / "run", "--scheduler", address, *words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_shards_that_do_not_fit_together(far, x, tmp_path, capsys):
    source = as_npy(x[:30], tmp_path / "shards")
    np.save(source / "part-3.npy", x[:5, :7])
    assert cluster(source, tmp_path / "run", "--scheduler", far.address) == 2
    assert "part-3.npy must have 24 values a row as part-1.npy has; got 7" in capsys.readouterr().err
    np.save(source / "part-3.npy", np.zeros((2, 24)))
    assert cluster(source, tmp_path / "run", "--scheduler", far.address) == 2
    assert "part-3.npy has 2 rows with nothing but zeros" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_an_empty_folder(far, tmp_path, capsys):
    assert cluster(tmp_path, tmp_path / "run", "--scheduler", far.address) == 2
    assert "a folder of .npy or .parquet shards; got a folder without any" in capsys.readouterr().err


def test_no_workers(tmp_path, x, monkeypatch, capsys):
    alone = Far(tmp_path)
    monkeypatch.setattr(workers, "FIRST_WORKER", 0.5)
    try:
        assert (
            cluster(as_npy(x[:20], tmp_path / "shards"), tmp_path / "run", "--scheduler", alone.address) == 2
        )
    finally:
        alone.stop()
    assert f"expected workers at {alone.address}, got none" in capsys.readouterr().err


def test_all_workers_gone(tmp_path, x, monkeypatch, capsys):
    alone = Far(tmp_path)
    worker = alone.add_worker()
    monkeypatch.setattr(workers, "GONE", 1.0)
    submit = workers.Workers.submit

    def kills(self, function, *args):
        worker.kill()
        return submit(self, function, *args)

    monkeypatch.setattr(workers.Workers, "submit", kills)
    try:
        assert (
            cluster(as_npy(x[:20], tmp_path / "shards"), tmp_path / "run", "--scheduler", alone.address) == 2
        )
    finally:
        alone.stop()
    assert "got none for 1 s" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_workers_that_see_or_run_something_else(tmp_path):
    ours = checks.look([tmp_path / "none.npy"])
    assert ours.sizes == ("No such file or directory",)
    with pytest.raises(InputError, match=r"the worker w has torch 1.0 and here"):
        compare(ours, Look(ours.versions | {"torch": "1.0"}, ours.sizes), "the worker w", [tmp_path])
    seen = Look(ours.versions, (128,))
    with pytest.raises(InputError, match=r"must see .* \(128 bytes\); got No such file"):
        compare(seen, ours, "the worker w", [tmp_path / "none.npy"])


def test_numbers_within_a_part():
    lists = Lists(2, np.array([[3, 0], [2, 7]], np.uint32), np.ones((2, 2), np.float32), 9)
    assert lists.border.tolist() == [0, 7]
    assert lists.numbered(np.array([2, 3, 0, 7])).tolist() == [0, 1, 2, 3]
    assert (lists.numbered(np.array([1, 8])) > 3).all()


def test_parts_hold_whole_blocks_of_the_network():
    graph = type("Graph", (), {"n": 10_000})
    edges = first_level._edges(graph, dim=64, block=385, workers=2)
    assert edges[0] == 0
    assert edges[-1] == 10_000
    assert all(edge % 385 == 0 for edge in edges[:-1])
