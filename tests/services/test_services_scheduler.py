"""HILANDER_SCHEDULER: jobs on a Dask cluster of others, a scheduler and two workers as processes on loopback.

They are started with the commands of compose.yaml. Its workspace's folder is what they share.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.services import job_list, job_process, jobs, tasks
from hilander.services.store import JobRow, open_store
from hilander.services.workspace import Workspace, default_workspace
from suite.served import free_port
from tests import deployment
from tests.services.small_uploads import add_points


class Cluster:
    """One scheduler and its workers, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int = 2) -> None:
        words = deployment.command("scheduler", {"0.0.0.0": "127.0.0.1", "8786": str(self.port)})
        self.scheduler = self._run(words)
        for _ in range(workers):
            here = {"tcp://scheduler:8786": self.address, "/tmp": str(self.folder)}
            words = deployment.command("worker", here)
            self.workers.append(self._run([*words, "--host", "127.0.0.1"]))

    def _run(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("ab") as log:
            command = [sys.executable, "-m", *words]
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self.workers.clear()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    yield found
    found.stop()


@pytest.fixture(scope="module")
def home(tmp_path_factory, cluster) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HILANDER_HOME", str(tmp_path_factory.mktemp("shared")))
        patch.setenv("HILANDER_SCHEDULER", cluster.address)
        patch.setenv("HILANDER_JOBS", "4")  # both workers are on one machine
        yield default_workspace()
        job_process.stop(default_workspace())


@pytest.fixture(scope="module")
def few(home, blobs) -> str:
    return add_points(home, blobs[0])


@pytest.fixture(scope="module")
def many(home) -> str:
    return add_points(home, np.random.default_rng(0).normal(size=(120_000, 128)).astype(np.float32), "many")


def wait(job_id: str, until: Callable[[JobRow], bool], seconds: float = 60) -> JobRow:
    end = time.monotonic() + seconds
    while (job := jobs.get(job_id)) is None or not until(job):
        assert time.monotonic() < end, job
        time.sleep(0.05)
    return job


def is_over(job: JobRow) -> bool:
    return job.is_over


def is_running(job: JobRow) -> bool:
    assert not job.is_over, job
    return job.state == "running" and bool(job.progress)


def process_of(job_id: str) -> psutil.Process:
    """The worker process that its log names."""
    (pid,) = re.findall(r" in process (\d+)", job_list.log_of(job_id).rsplit("Started:", 1)[1])
    return psutil.Process(int(pid))


def test_without_a_scheduler_jobs_wait_and_say_why(home, cluster, few, checkpoint):
    job_id = jobs.submit_cluster(few, ClusterConfig(checkpoint=checkpoint))
    end = time.monotonic() + 30
    while not (trouble := job_list.trouble()):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert trouble.startswith(
        f"The Dask scheduler {cluster.address} does not answer. Jobs wait until it does"
    )
    assert jobs.get(job_id).state == "queued"
    cluster.start()
    assert wait(job_id, is_over).state == "done"  # nobody had to start anything again
    assert job_list.trouble() == ""


def test_jobs_spread_over_both_workers_and_a_killed_one_interrupts_its_own(home, many, few, checkpoint):
    config = ClusterConfig(checkpoint=checkpoint, knn="exact", coarser=False)
    first, second = jobs.submit_cluster(many, config), jobs.submit_cluster(many, config)
    wait(first, is_running)
    wait(second, is_running)
    assert process_of(first).pid != process_of(second).pid
    process_of(first).kill()
    killed = wait(first, is_over, 30)
    assert killed.state == "interrupted"
    assert jobs.get(second).state == "running"
    jobs.cancel(second)
    again = jobs.retry(first)
    wait(again, is_running)  # the worker is there again
    jobs.cancel(again)
    assert [wait(it, is_over).state for it in (second, again)] == ["cancelled", "cancelled"]
    assert [path.name for path in home.runs_dir().iterdir() if path.name.startswith(".")] == []


def test_a_scheduler_that_goes_interrupts_what_ran_and_its_return_takes_the_queue_on(
    home, cluster, many, few, checkpoint
):
    running = jobs.submit_cluster(many, ClusterConfig(checkpoint=checkpoint, knn="exact"))
    wait(running, is_running)
    cluster.stop()
    assert wait(running, is_over, 40).state == "interrupted"
    queued = jobs.submit_cluster(few, ClusterConfig(checkpoint=checkpoint))
    end = time.monotonic() + 30
    while "does not answer" not in job_list.waiting(jobs.get(queued)).trouble:
        assert time.monotonic() < end
        time.sleep(0.1)
    cluster.start(workers=1)
    assert wait(queued, is_over).state == "done"


def test_a_worker_that_sees_another_folder_or_database_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("HILANDER_SCHEDULER", raising=False)
    workspace = Workspace(tmp_path / "home")
    store = open_store(workspace)
    mark = tasks.mark(workspace, store)
    assert tasks.mark(workspace, store) == mark
    with pytest.raises(InputError, match="does not see the workspace"):
        tasks.run_job(str(tmp_path / "elsewhere"), "x", mark)
    assert not (tmp_path / "elsewhere").exists()
    tasks.run_job(str(workspace.root), "x", mark)  # a job that is gone is no mistake
    store.set_fact(tasks.MARK, "of another")
    with pytest.raises(InputError, match="does not use the same database"):
        tasks.run_job(str(workspace.root), "x", mark)
