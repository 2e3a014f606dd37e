"""The job process's loop: a passing error costs a turn, not the jobs that run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hilander.services import host as host_module
from hilander.services.host import Host


class Dask:
    """Stands in for the client: keeps what it was given, and calls back when told."""

    status = "running"

    def __init__(self) -> None:
        self.given: list[tuple[str, object]] = []

    def submit(self, _function, _root, job_id, **_options):
        future = SimpleNamespace(add_done_callback=lambda call: self.given.append((job_id, call)))
        return future


@pytest.fixture
def host(workspace, store, monkeypatch) -> Host:
    monkeypatch.setattr(host_module, "fire_and_forget", lambda future: None)
    return Host(workspace, store)


def test_a_turn_that_fails_is_tried_again(host, store, monkeypatch, caplog):
    job_id, dask = store.add_job("cluster", {}), Dask()
    with monkeypatch.context() as broken:
        broken.setattr(store, "claim_queued", lambda name: 1 / 0)
        assert not host._turned(dask)
    assert "1 in a row" in caplog.text
    assert host._turned(dask)
    assert [given for given, _ in dask.given] == [job_id]
    assert host._failures == 0


def test_only_many_failures_in_a_row_end_the_process(host, store, monkeypatch):
    monkeypatch.setattr(store, "claim_queued", lambda name: 1 / 0)
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
    dask.given[0][1](None)
    assert host._given == {}
