"""A full disk: whatever error it comes as, the job ends as failed with one message, and nothing is half-written."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import torch
from safetensors.numpy import save_file

from hilander.config import ClusterConfig
from hilander.io.tables import write_table
from hilander.services import datasets, full_disk, job_list, job_process, jobs, worker
from hilander.services.store import INTERRUPTED, Store, open_store
from hilander.services.workspace import Workspace
from tests.services.small_uploads import add_points

FULL = OSError(errno.ENOSPC, "No space left on device")


def led_to(cause: BaseException) -> ValueError:
    """What `raise ValueError(...) from cause` raises."""
    error = ValueError("cannot be written")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (FULL, True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (led_to(FULL), True),
        (OSError("1000 requested and 0 written"), True),  # numpy's, without a number
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("No space left on device"), False),  # somebody's file name
        (None, False),
    ],
)
def test_what_says_that_a_disk_is_full(error, found):
    assert full_disk.is_full(error) == found


NUMBERS = np.random.default_rng(0).normal(size=4_000_000)  # 32 MB


def test_each_librarys_own_words_are_known(small_disk):
    """What each says on a disk of 24 MB, tried one after the other."""
    writes = {
        "numpy": lambda: np.save(small_disk / "x.npy", NUMBERS),
        "numpy's zip": lambda: np.savez(small_disk / "x.npz", x=NUMBERS),
        "safetensors": lambda: save_file({"x": NUMBERS}, small_disk / "x.safetensors"),
        "torch": lambda: torch.save(torch.from_numpy(NUMBERS), small_disk / "x.pt"),
        "parquet": lambda: write_table({"x": NUMBERS}, small_disk / "x.parquet"),
        "bytes": lambda: (small_disk / "x.bin").write_bytes(NUMBERS.tobytes()),
    }
    for name, write in writes.items():
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each library has a type of its own
            write()
        assert full_disk.is_full(caught.value), f"{name}: {caught.value!r}"
        for path in small_disk.iterdir():
            path.unlink()


@pytest.fixture
def no_process(monkeypatch) -> None:
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)


def left(workspace: Workspace) -> list[str]:
    """Everything in the folders of runs and data sets."""
    return sorted(p.name for home in (workspace.runs_dir(), workspace.datasets_dir()) for p in home.iterdir())


def test_a_clustering_that_cannot_be_kept(no_process, workspace, store, blobs, checkpoint, monkeypatch):
    points = add_points(workspace, blobs[0])
    job_id = jobs.submit_cluster(points, ClusterConfig(checkpoint=checkpoint, k=5), workspace=workspace)

    def full(*_given, **_options):
        raise FULL

    with monkeypatch.context() as broken:
        broken.setattr(np, "save", full)
        worker.run_job(str(workspace.root), job_id)
    job = store.job(job_id)
    assert job.state == "failed"
    assert job.error.startswith("The disk is full: ")
    assert "Make room, then try again." in job.error
    assert left(workspace) == [points]
    assert store.runs(points) == []
    again = jobs.retry(job_id, workspace=workspace)
    worker.run_job(str(workspace.root), again)
    assert (store.job(again).state, store.job(job_id)) == ("done", None)
    log = job_list.log_of(again, workspace=workspace)
    assert "The disk is full" in log
    assert " Done after " in log.splitlines()[-1]  # both attempts


def test_an_import_that_cannot_be_kept(no_process, workspace, store, upload, monkeypatch):
    report = datasets.inspect_upload(upload.embeddings, upload.images, upload.labels)
    job_id = jobs.submit_import(report, "Pets", workspace=workspace)

    def full(*_given):
        raise FULL

    monkeypatch.setattr(os, "posix_fallocate", full)
    worker.run_job(str(workspace.root), job_id)
    assert store.job(job_id).error.startswith("The disk is full: ")
    assert (left(workspace), store.datasets()) == ([], [])


def test_a_database_that_cannot_grow_is_a_full_disk(workspace_with_file):
    store = open_store(workspace_with_file)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    @sa.event.listens_for(store.engine, "checkout")
    def limit(connection, _record, _proxy):
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(OSError, match="database cannot grow") as caught:
        store.add_job("cluster", {"name": "x" * 1_000_000})
    assert full_disk.is_full(caught.value)


def test_the_end_of_a_job_is_told_once_there_is_room(
    no_process, workspace, store, blobs, checkpoint, monkeypatch
):
    points = add_points(workspace, blobs[0])
    job_id = jobs.submit_cluster(points, ClusterConfig(checkpoint=checkpoint, k=5), workspace=workspace)
    end, tries = Store.end_job, []

    def full_twice(*given):
        tries.append(given)
        if len(tries) < 3:
            raise FULL
        return end(*given)

    monkeypatch.setattr(worker, "END_AGAIN", 0.01)
    monkeypatch.setattr(Store, "end_job", full_twice)
    worker.run_job(str(workspace.root), job_id)
    assert (len(tries), store.job(job_id).state) == (3, "done")
    assert [(it.kind, it.state, it.count) for it in store.totals()] == [("cluster", "done", 1)]


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk, monkeypatch, tmp_path):
    """In the real job process: an import that does not fit fails in words, and fits once there is room."""
    workspace = Workspace(small_disk / "home")
    monkeypatch.setenv("HILANDER_HOME", str(workspace.root))
    open_store(workspace)
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(40_000, 32)))  # 5 MB as float32
    ballast = small_disk / "ballast"
    try:
        job_process.start(workspace)
        report = datasets.inspect_upload(tmp_path / "x.npy")
        wait_for_host(workspace)
        ballast.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - (4 << 20))))
        first = over(jobs.submit_import(report, "Large"))
        assert first.state == "failed"
        assert first.error.startswith("The disk is full: ")
        assert left(workspace) == []
        ballast.unlink()
        assert over(jobs.retry(first.id)).state == "done"
    finally:
        job_process.stop(workspace)


def wait_for_host(workspace: Workspace) -> None:
    end = time.monotonic() + 30
    while not job_list.living_hosts(open_store(workspace)):
        assert time.monotonic() < end
        time.sleep(0.1)


def over(job_id: str):
    end = time.monotonic() + 60
    while not (job := jobs.get(job_id)).is_over:
        assert time.monotonic() < end, job
        time.sleep(0.05)
    assert job.error != INTERRUPTED
    return job
