"""The job process's loop: a passing error costs a turn, not the jobs that run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from distributed.scheduler import KilledWorker

from hilander.errors import InputError
from hilander.services import host as host_module
from hilander.services import queue, workers
from hilander.services.host import Host
from hilander.services.store import INTERRUPTED


class Dask:
    """Stands in for the client: keeps what it was given, and calls back when told."""

    status = "running"

    def __init__(self) -> None:
        self.given: list[tuple[str, object]] = []

    def scheduler_info(self, n_workers):
        return {"workers": {}}

    def submit(self, _function, _root, job_id, _mark, **_options):
        future = SimpleNamespace(add_done_callback=lambda call: self.given.append((job_id, call)))
        return future


@pytest.fixture
def host(workspace, store, monkeypatch) -> Host:
    monkeypatch.setattr(host_module, "fire_and_forget", lambda future: None)
    monkeypatch.setattr(workers, "may_have_gpu", lambda: False)
    return Host(workspace, store)


def test_a_turn_that_fails_is_tried_again(host, store, monkeypatch, caplog):
    job_id, dask = store.add_job("cluster", {}), Dask()
    with monkeypatch.context() as broken:
        broken.setattr(store, "open_jobs", lambda: 1 / 0)
        assert not host._turned(dask)
    assert "1 in a row" in caplog.text
    assert host._turned(dask)
    assert [given for given, _ in dask.given] == [job_id]
    assert host._failures == 0


def test_only_many_failures_in_a_row_end_the_process(host, store, monkeypatch):
    monkeypatch.setattr(store, "any_waiting", lambda: 1 / 0)
    for _ in range(host_module.GIVE_UP - 1):
        assert not host._turned(Dask())
    with pytest.raises(ZeroDivisionError):
        host._turned(Dask())


def test_a_job_claimed_in_a_turn_that_failed_is_claimed_again(host, store, monkeypatch):
    job_id, dask = store.add_job("cluster", {}), Dask()
    with monkeypatch.context() as broken:
        broken.setattr(dask, "submit", lambda *given, **options: 1 / 0)
        assert not host._turned(dask)
    assert store.job(job_id).host == host.name
    store.recover(stale_after=-1)  # nobody beat for it
    assert host._turned(dask)
    assert [given for given, _ in dask.given] == [job_id]


def test_a_job_that_waits_at_dask_is_kept_alive_until_dask_is_done_with_it(host, store):
    job_id, dask = store.add_job("cluster", {}), Dask()
    assert host._turned(dask)
    first = store.job(job_id).heartbeat
    host._last.clear()
    assert host._turned(dask)
    assert store.job(job_id).heartbeat > first
    dask.given[0][1](SimpleNamespace(status="finished"))
    assert host._given == {}


def ended_with(host, store, error: BaseException) -> object:
    """A job that dask was given, and that ended there with this error; its row."""
    job_id, dask = store.add_job("cluster", {}), Dask()
    assert host._turned(dask)
    dask.given[0][1](SimpleNamespace(status="error", exception=lambda: error))
    return store.job(job_id)


def test_a_job_that_its_worker_could_not_run_fails_with_the_reason(host, store):
    job = ended_with(host, store, ModuleNotFoundError("No module named 'hilander'"))
    assert (job.state, job.error) == ("failed", "ModuleNotFoundError: No module named 'hilander'")
    assert (
        ended_with(host, store, InputError("does not see the workspace")).error
        == "does not see the workspace"
    )
    full = ended_with(host, store, OSError(28, "No space left on device"))
    assert full.error.startswith("The disk is full")


def test_a_job_whose_workers_died_again_and_again_is_interrupted(host, store):
    job = ended_with(host, store, KilledWorker("x", SimpleNamespace(address="tcp://w:1"), 3))
    assert (job.state, job.error) == ("interrupted", INTERRUPTED)


def test_no_more_jobs_are_given_than_may_run(host, store):
    host.limit = 2
    ids = [store.add_job("cluster", {}), store.add_job("cluster", {}), store.add_job("import", {})]
    dask = Dask()
    assert host._turned(dask)
    assert [given for given, _ in dask.given] == [ids[0], ids[2]]
    store.end_job(ids[0], "done")
    assert host._turned(dask)
    assert [given for given, _ in dask.given] == [ids[0], ids[2], ids[1]]


def test_two_job_processes_of_one_machine_share_its_limit(host, store, workspace):
    host.limit = 1
    other = Host(workspace, store)
    other.limit = 1
    store.add_job("cluster", {})
    store.add_job("import", {})
    first, second = Dask(), Dask()
    assert host._turned(first)
    assert other._turned(second)
    assert (len(first.given), len(second.given)) == (1, 0)
    other.machine, other.name = "elsewhere-", "elsewhere-1"
    assert other._turned(second)
    assert len(second.given) == 1


WORKERS = {
    "tcp://a:1": {"host": "10.0.0.1", "nthreads": 6, "resources": {}},
    "tcp://a:2": {"host": "10.0.0.1", "nthreads": 6, "resources": {"GPU": 1.0}},
    "tcp://b:1": {"host": "10.0.0.2", "nthreads": 6, "resources": {}},
}


def test_a_cluster_has_the_limit_of_each_of_its_machines():
    assert workers.room(WORKERS, 2) == queue.Room(4, gpus=1)
    assert workers.room({"tcp://b:1": WORKERS["tcp://b:1"]}, 2) == queue.Room(2, gpus=None)
    assert workers.room({"tcp://b:1": WORKERS["tcp://b:1"] | {"nthreads": 1}}, 2) == queue.Room(1, gpus=None)
    assert workers.room({}, 2).places == 0


def test_a_job_process_whose_worker_does_not_come_back_ends(host):
    assert host._turned(Dask())
    assert not host.stopping.is_set()
    host._worked_at -= host_module.ALONE + 1
    host._last.clear()
    assert host._turned(Dask())
    assert host.stopping.is_set()
