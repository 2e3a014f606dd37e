"""Jobs in the real job process: done, cancelled, failed, killed; and what a page sees of each."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest
from distributed import Client
from distributed.security import Security

from hilander.config import ClusterConfig
from hilander.services import datasets, job_process, jobs, projection, runs
from hilander.services.store import URL_VARIABLE, JobRow, open_store
from hilander.services.workspace import Workspace, default_workspace
from tests.services.small_uploads import COLORS, Files, add_points, png, write_upload


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def home(request, tmp_path_factory) -> Iterator[Workspace]:
    """One workspace and one job process for this file, on each database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HILANDER_HOME", str(tmp_path_factory.mktemp("jobs")))
        if request.param == "postgresql":
            patch.setenv(URL_VARIABLE, request.getfixturevalue("postgresql").database())
        workspace = default_workspace()
        job_process.start()
        yield workspace
        job_process.stop(workspace)


@pytest.fixture(scope="module")
def points(home, blobs) -> str:
    return add_points(home, blobs[0])


@pytest.fixture(scope="module")
def many(home) -> str:
    """Enough rows to search neighbours in for many seconds."""
    return add_points(home, np.random.default_rng(0).normal(size=(120_000, 128)).astype(np.float32), "many")


def wait(
    job_id: str, until: Callable[[JobRow], bool] = lambda job: job.is_over, seconds: float = 60
) -> JobRow:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.get(job_id)
        if job is not None and until(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {job}")


def is_searching(job: JobRow) -> bool:
    assert not job.is_over, job
    return job.progress.get("stage") == "knn"


def run_folders(home: Workspace) -> set[str]:
    return {path.name for path in home.run_dir("x").parent.iterdir()}


def test_a_clustering_is_done_and_kept(home, points, checkpoint):
    job_id = jobs.submit_cluster(points, ClusterConfig(checkpoint=checkpoint, k=5), name="five")
    job = wait(job_id)
    assert (job.state, job.error, job.name) == ("done", "", "five")
    assert [row["level"] for row in job.history] == list(range(1, len(job.history) + 1))
    assert job.history[0].keys() == {
        *("level", "stage", "nodes", "edges", "new_links", "seconds", "fraction", "coarser")
    }
    assert (job.history[0]["nodes"], job.progress["stage"]) == (120, "done")
    row = open_store().run(job.run_id)
    hierarchy = runs.open_run(row.id).hierarchy
    assert (hierarchy.n, row.dataset_id, row.name, row.settings["k"]) == (120, points, "five", 5)
    assert len(row.summary["levels"]) == row.summary["n_levels"] + 1 == hierarchy.n_levels + 1
    assert row.summary["clusters"] == len(hierarchy.peaks_at("natural"))
    past = [it["level"] > hierarchy.natural_level for it in job.history]
    assert [it["coarser"] for it in job.history] == past
    assert job_id in [job.id for job in jobs.list_jobs(points)]


def test_images_are_added_to_a_run_and_it_says_where_it_is(home, points, blobs):
    made = wait(jobs.submit_cluster(points, ClusterConfig(k=5), name="of few")).run_id
    more = add_points(home, blobs[0][:20] + 1e-3, "more")
    job = wait(jobs.submit_add(made, more, "All of them"))
    assert (job.state, job.error, job.progress["stage"], job.dataset_id) == ("done", "", "joining", points)
    row = open_store().run(job.run_id)
    assert (row.name, row.summary["added"]["new"]) == ("of few, 20 images added", 20)
    assert open_store().dataset(row.dataset_id).name == "All of them"
    assert runs.open_run(job.run_id).hierarchy.n == 140


@pytest.mark.parametrize("knn", ["exact", "approx"])
def test_cancel_takes_effect_in_the_middle_of_a_search(knn, home, many, checkpoint):
    """How soon: benchmarks/cancel.py."""
    before = run_folders(home)
    job_id = jobs.submit_cluster(many, ClusterConfig(checkpoint=checkpoint, knn=knn))
    wait(job_id, is_searching)
    jobs.cancel(job_id)
    job = wait(job_id)
    assert (job.state, job.error, job.progress["level"], job.progress["stage"]) == ("cancelled", "", 1, "knn")
    assert job.progress["fraction"] < 0.5
    assert open_store().run(job.run_id) is None
    assert run_folders(home) == before


def test_a_queued_job_is_cancelled_at_once_while_another_runs(many, checkpoint):
    config = ClusterConfig(checkpoint=checkpoint, knn="exact")
    first = jobs.submit_cluster(many, config)
    wait(first, is_searching)
    second = jobs.submit_cluster(many, config)
    time.sleep(0.5)
    assert jobs.get(second).state == "queued"  # one clustering at a time
    jobs.cancel(second)
    assert jobs.get(second).state == "cancelled"
    jobs.cancel(first)
    assert wait(first).state == "cancelled"


def test_an_import_does_not_wait_for_a_clustering(home, many, tmp_path, checkpoint):
    clustering = jobs.submit_cluster(many, ClusterConfig(checkpoint=checkpoint, knn="exact"))
    wait(clustering, is_searching)
    files = upload_of(tmp_path)
    report = datasets.inspect_upload(files.embeddings, files.images, files.labels)
    job = wait(jobs.submit_import(report, "Pets"))
    assert (job.state, job.error) == ("done", "")
    assert jobs.get(clustering).state == "running"
    jobs.cancel(clustering)
    pets = datasets.open_dataset(job.dataset_id)
    assert (pets.row.name, pets.n, job.progress["fraction"]) == ("Pets", 3, 1)
    assert wait(clustering).state == "cancelled"


def upload_of(folder, **changed: bytes) -> Files:
    tiles = {name: png(color) for name, color in COLORS.items()} | changed
    return write_upload(folder / "in", {f"{name}.png": data for name, data in tiles.items()})


def scheduler_address(home: Workspace) -> str:
    log, end = home.logs_dir() / "host.log", time.monotonic() + 30
    while not (found := re.findall(r" on (\S+//\S+)$", log.read_text(), re.MULTILINE)):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
    return str(found[-1])


@pytest.mark.parametrize(
    ("protocol", "said"), [("tcp", "closed|reset|imed out"), ("tls", "certificate does not match")]
)
def test_nobody_else_on_the_machine_can_hand_the_job_process_code(home, protocol, said):
    address = scheduler_address(home)
    assert address.startswith("tls://127.0.0.1:")
    own = Security.temporary() if protocol == "tls" else None  # a certificate, but of another cluster
    with pytest.raises(OSError, match=said):
        Client(address.replace("tls", protocol), security=own, timeout=2)


def test_a_users_mistake_fails_with_its_message(points):
    job = wait(jobs.submit_cluster(points, ClusterConfig(checkpoint="nonsuch")))
    assert job.state == "failed"
    assert "'nonsuch'" in job.error
    assert "Traceback" not in job.error


def test_our_mistake_fails_with_its_name_and_a_log(home, blobs, checkpoint):
    broken = add_points(home, blobs[0])
    (home.dataset_dir(broken) / "embeddings.npy").unlink()
    (home.dataset_dir(broken) / "embeddings.npy").mkdir()
    job_id = open_store().add_job("cluster", {"k": 5, "nonsuch": 1}, dataset_id=broken, run_id="r")
    job = wait(job_id)
    assert job.state == "failed"
    assert job.error.startswith("TypeError: ")
    assert "Traceback" in home.log_path(job_id).read_text()


def test_a_failed_job_can_be_tried_again(home, tmp_path):
    files = upload_of(tmp_path, b=b"text")
    report = datasets.inspect_upload(files.embeddings, files.images)
    first = wait(jobs.submit_import(report, "Pets"))
    assert "a placeholder: b.png" in open_store().dataset(first.dataset_id).note
    files.images.unlink()
    second = wait(jobs.retry(first.id))
    assert (second.state, second.id != first.id) == ("failed", True)
    assert "no such file" in second.error


def test_a_projection_comes_back_and_is_kept(points):
    rows = np.arange(60)  # six groups of ten
    key = projection.request(points, rows, 5)
    end = time.monotonic() + 300  # on a new installation the first one compiles umap and its search
    while (found := projection.result(key)) is None and time.monotonic() < end:
        time.sleep(0.05)
    assert found is not None
    assert (found.rows.tolist(), found.method, found.note) == (rows.tolist(), "umap", "")
    distances = np.linalg.norm(found.xy[:, None] - found.xy[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 10 == rows // 10).mean() > 0.9  # neighbours are of one group
    while open_store().jobs(kinds=["projection"]) and time.monotonic() < end:
        time.sleep(0.05)  # its file is there a moment before its row is gone
    assert projection.request(points, rows, 5) == key
    assert open_store().jobs(kinds=["projection"]) == []  # there already


def worker_process(home: Workspace) -> psutil.Process:
    host = psutil.Process(job_process._hosts[home.root].process.pid)
    return max(host.children(recursive=True), key=lambda process: process.memory_info().rss)


def test_a_killed_worker_interrupts_its_job_and_the_next_one_runs(home, many, points, checkpoint):
    job_id = jobs.submit_cluster(many, ClusterConfig(checkpoint=checkpoint, knn="exact"))
    wait(job_id, is_searching)
    os.kill(worker_process(home).pid, signal.SIGKILL)
    job = wait(job_id, seconds=30)
    assert job.state == "interrupted"
    assert "Start the job again" in job.error
    again = jobs.submit_cluster(points, ClusterConfig(checkpoint=checkpoint))
    assert wait(again).state == "done"


def test_a_stopped_server_interrupts_what_ran_and_keeps_what_was_queued(home, many, points, checkpoint):
    config = ClusterConfig(checkpoint=checkpoint, knn="exact")
    running = jobs.submit_cluster(many, config)
    wait(running, is_searching)
    queued = jobs.submit_cluster(points, config)
    job_process.stop(home)
    assert open_store().job(running).state == "interrupted"
    assert open_store().job(queued).state == "queued"
    assert wait(queued).state == "done"  # looking at it started the process again


def test_a_host_that_cannot_start_fails_what_waits_for_it_and_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.delenv(
        URL_VARIABLE, raising=False
    )  # of the other tests, whose job process would take the job
    workspace = Workspace(tmp_path)
    monkeypatch.setattr(job_process.sys, "executable", "/bin/false")
    job_id = open_store(workspace).add_job("cluster", {})
    try:
        end = time.monotonic() + 10
        while (job := jobs.get(job_id, workspace=workspace)).state == "queued" and time.monotonic() < end:
            time.sleep(0.02)
        assert job.state == "failed"
        assert "host.log says why" in job.error
        host, launched = job_process._hosts[workspace.root], []
        monkeypatch.setattr(job_process, "_launch", launched.append)
        job_process.start(workspace)
        assert launched == []
        host.started -= job_process.REST
        job_process.start(workspace)
        assert launched == [workspace]
    finally:
        job_process.stop(workspace)
