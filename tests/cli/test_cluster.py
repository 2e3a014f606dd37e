"""`hilander cluster` from file to run, and what is left when it is broken off."""

from __future__ import annotations

import errno
import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilander.api import cluster
from hilander.cli.main import main
from hilander.graph import approx as approx_search
from hilander.graph import sample
from hilander.hierarchy import storage
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.run import Run
from hilander.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, blobs):
    monkeypatch.chdir(tmp_path)
    np.save("blobs.npy", blobs[0])


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_cluster_keeps_the_hierarchy_and_how_it_was_made(capsys, blobs):
    assert main(["cluster", "blobs.npy", "--out", "run", "--k", "6", "--tau", "0.4"]) == 0
    out, err = capsys.readouterr()
    run = Run.load(Path("run"))
    assert run.hierarchy.n == 120
    assert run.ids is None
    assert run.meta["config"] | {"k": 6, "tau": 0.4, "checkpoint": "relational"} == run.meta["config"]
    assert (run.meta["source"], run.meta["n"], run.meta["dim"]) == ("blobs.npy", 120, 16)
    assert (run.meta["k"], run.meta["tau"], run.meta["checkpoint"]) == (6, 0.4, "relational")
    assert err.startswith("level 1: 120 nodes, 600 edges, ")
    assert out.startswith("run: 120 images, ")


def test_tight_groups_are_the_first_level(blobs):
    main(["cluster", "blobs.npy", "--out", "run"])
    found, labels = Run.load(Path("run")).hierarchy.labels_at(1), blobs[1]
    pairs = {(int(a), int(b)) for a, b in zip(found, labels, strict=True)}
    assert len(pairs) == len(set(found)) == 12


def test_the_ids_of_the_file_go_with_the_run(blobs):
    ids = np.array([f"{i:03}.jpg" for i in range(120)])
    np.savez("named.npz", embeddings=blobs[0], ids=ids)
    assert main(["cluster", "named.npz", "--out", "run"]) == 0
    assert Run.load(Path("run")).ids.tolist() == ids.tolist()


def test_the_same_input_and_settings_give_the_same_labels():
    for name in "ab":
        assert main(["cluster", "blobs.npy", "--out", name]) == 0
    a, b = (Run.load(Path(name)).hierarchy.labels_at("last") for name in "ab")
    np.testing.assert_array_equal(a, b)


def test_early_stop_may_be_asked_for_or_refused():
    for option, wanted in (("--early-stop", True), ("--no-early-stop", False)):
        assert main(["cluster", "blobs.npy", "--out", option[2:], option]) == 0
        assert json.loads(Path(option[2:], "run.json").read_text())["early_stop"] is wanted


def test_no_coarser_ends_at_the_natural_level(capsys):
    for option in ("--coarser", "--no-coarser"):
        assert main(["cluster", "blobs.npy", "--out", option[2:], option]) == 0
    assert main(["cluster", "blobs.npy", "--out", "usual"]) == 0
    out, err = capsys.readouterr()
    longer, shorter, usual = (Run.load(Path(name)).hierarchy for name in ("coarser", "no-coarser", "usual"))
    natural = longer.natural_level
    assert usual.n_levels == longer.n_levels > natural == shorter.natural_level == shorter.n_levels
    for level in range(natural + 1):
        np.testing.assert_array_equal(longer.labels_at(level), shorter.labels_at(level))
    assert f"level {natural}: " in err
    assert f"level {natural + 1}, coarser: " in err
    first, second, _ = out.splitlines()
    assert f" clusters at the natural level, {natural}, 1 at the last, {longer.n_levels}. Next" in first
    assert f" clusters at the natural level, {natural}. Next" in second
    assert json.loads(Path("no-coarser", "run.json").read_text())["config"]["coarser"] is False


def test_how_many_true_neighbours_were_found_is_told_where_not_all_were(capsys, rng, monkeypatch):
    monkeypatch.setattr(sample, "PROMISED", 0.1)  # a search that is content with less
    for name, value in (("PLACES", 1), ("MOST_ROUNDS", 0), ("PAIRS_ONCE", 1e9)):
        monkeypatch.setattr(approx_search, name, value)
    np.save("many.npy", rng.normal(size=(4_000, 16)))
    for knn in ("approx", "exact"):
        assert main(["cluster", "many.npy", "--out", knn, "--knn", knn]) == 0
    approx, exact = capsys.readouterr().out.splitlines()
    recall = Run.load(Path("approx")).meta["recall"]
    assert 0.1 <= recall < 1
    assert f"; {recall:.1%} of the true neighbours found. Next" in approx
    assert "true neighbours" not in exact
    assert Run.load(Path("exact")).meta["recall"] == 1


def test_overwrite_replaces_an_earlier_run(small_run):
    small_run.save(Path("run"))
    assert main(["cluster", "blobs.npy", "--out", "run", "--overwrite"]) == 0
    assert Run.load(Path("run")).hierarchy.n == 120
    assert names() == ["blobs.npy", "run"]


def test_far_from_the_training_data_is_one_line_and_stands_in_the_run(capsys, rng, blobs):
    save_checkpoint(at_home(blobs[0]), Path("mine"))
    np.save("noise.npy", rng.normal(size=(300, 64)))
    assert main(["cluster", "noise.npy", "--out", "run", "--checkpoint", "mine"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hilander: ")]
    assert len(told) == 1
    assert told[0].startswith("hilander: these embeddings are far from what this checkpoint was trained on: ")
    assert "median density" in told[0]
    assert told[0].endswith("or train on labels of your own (hilander train)")
    shift = Run.load(Path("run")).meta["shift"]
    assert (shift["verdict"], shift["data"]["n"]) == ("far", 300)
    assert shift["distance"] > 0.2


def test_at_home_nothing_is_said(capsys, blobs):
    save_checkpoint(at_home(blobs[0]), Path("mine"))
    assert main(["cluster", "blobs.npy", "--out", "run", "--checkpoint", "mine"]) == 0
    assert "hilander: " not in capsys.readouterr().err
    assert Run.load(Path("run")).meta["shift"]["verdict"] == "home"


def test_a_checkpoint_that_does_not_say_what_it_was_trained_on(capsys):
    save_checkpoint(replace(load_checkpoint("relational"), home=()), Path("old"))
    assert main(["cluster", "blobs.npy", "--out", "run", "--checkpoint", "old"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hilander: ")]
    assert told == ["hilander: this checkpoint does not say what it was trained on"]
    assert Run.load(Path("run")).meta["shift"] == {"verdict": "untold"}


@pytest.mark.parametrize("n", [1, 2, 9])
def test_a_few_images_are_not_judged(capsys, blobs, n):
    np.save("few.npy", blobs[0][:n])
    assert main(["cluster", "few.npy", "--out", "run"]) == 0
    assert "hilander: " not in capsys.readouterr().err
    assert Run.load(Path("run")).meta["shift"] == {"verdict": "few"}


def at_home(x: np.ndarray) -> Checkpoint:
    """The default checkpoint as if it had been trained on x."""
    shipped = load_checkpoint("relational")
    first = FirstLevel.beside(shipped.home)
    cluster(x, observe=first)
    return replace(shipped, home=(first.profile,))


@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_is_one_line_and_leaves_what_was_there(monkeypatch, capsys, small_run, earlier):
    if earlier:
        small_run.save(Path("run"))
    monkeypatch.setattr(storage, "write_json", full_disk)
    assert main(["cluster", "blobs.npy", "--out", "run", "--overwrite"]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert (
        last == "hilander: head: No space left on device. Check the path, its permissions and the free space"
    )
    assert names() == (["blobs.npy", "run"] if earlier else ["blobs.npy"])
    assert not earlier or Run.load(Path("run")).hierarchy.n == 4


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "head")


def test_ctrl_c_leaves_nothing_and_exits_130(rng):
    np.save("many.npy", rng.normal(size=(50_000, 128)).astype(np.float32))
    words = ["cluster", "many.npy", "--out", "run", "--knn", "exact"]
    terminal, end = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "hilander", *words], stderr=end) as process:
        os.close(end)
        shown = os.read(terminal, 1000)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
    assert b"level 1: 50,000 nodes" in shown
    assert rest(terminal).endswith(b"hilander: interrupted; nothing was written\r\n")
    assert process.returncode == 130
    assert names() == ["blobs.npy", "many.npy"]


def rest(terminal: int) -> bytes:
    found = b""
    try:
        while part := os.read(terminal, 1000):
            found += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    return found


def test_a_reader_that_stops_reading_is_no_error(small_run):
    small_run.save(Path("run"))
    command = f"{sys.executable} -m hilander levels run | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode in (0, 141), done.stderr) == (True, "")
