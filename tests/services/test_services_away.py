"""A database that is held or away, and clocks that are set: what is told, what goes on by itself, what is not lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import psycopg
import pytest
import sqlalchemy as sa
from cryptography import x509

from hilander.config import ClusterConfig
from hilander.errors import AwayError
from hilander.services import clustering, imports, job_list, jobs, journal, leftovers
from hilander.services import host as host_module
from hilander.services.certificate import own_certificate
from hilander.services.host import Host
from hilander.services.store import (
    AnnotationRow,
    HostRow,
    RunRow,
    Store,
    base,
    engine,
    is_silent,
    moments,
    now,
    open_store,
    patient,
    schema,
)
from hilander.services.store import jobs as store_jobs
from suite.reliability.proxy import Proxy
from tests.services.small_uploads import add_points

DASK = SimpleNamespace(scheduler_info=lambda n_workers: {"workers": {}})
RUN = RunRow("r", "points", "k 10", {"k": 10}, now(), "ready", {})


@pytest.fixture
def hurried(monkeypatch) -> None:
    """A fifth of a second for somebody else's lock, in place of twenty."""
    monkeypatch.setattr(engine, "BUSY_MS", 200)
    monkeypatch.setitem(engine._ON_SERVER, "lock_timeout", 200)
    monkeypatch.setattr(base, "ASK_AGAIN", 0.05)


@contextmanager
def held(store: Store) -> Iterator[None]:
    """Somebody has begun to write about the run."""
    with store.engine.begin() as connection:
        connection.execute(sa.update(schema.runs).values(id="r"))
        yield


@contextmanager
def soon(seconds: float, act) -> Iterator[None]:
    timer = threading.Timer(seconds, act)
    timer.start()
    yield
    timer.join()


def test_a_database_that_is_held_is_told_and_nothing_is_written(hurried, workspace):
    store = open_store()
    store.add_run(RUN)
    with held(store):
        for write in (
            lambda: journal.put(store, "r", "note", "i", "x", seen=0, who="me"),
            lambda: store.rename_run("r", "x"),
        ):
            with pytest.raises(AwayError, match="Another process has held the database"):
                write()
    assert (store.entries("r"), store.run("r").name) == ([], "k 10")
    assert note(store).value == "x"


def note(store: Store) -> AnnotationRow:
    return journal.put(store, "r", "note", "i", "x", seen=0, who="me")


def test_a_job_waits_for_a_database_that_is_held(hurried, workspace):
    store, other = open_store(), Store(open_store().workspace)
    store.add_run(RUN)
    with held(store), soon(0, lambda: None):
        waits = threading.Thread(target=lambda: _patiently(other))
        waits.start()
        time.sleep(0.6)
        assert store.run("r").name == "k 10"
    waits.join(20)
    assert store.run("r").name == "patient"


def _patiently(store: Store) -> None:
    with patient(20):
        store.rename_run("r", "patient")


@pytest.fixture
def proxied(postgresql, tmp_path, monkeypatch) -> Iterator[tuple[Store, Proxy]]:
    """A store whose way to PostgreSQL can be cut."""
    monkeypatch.setattr(base, "ASK_AGAIN", 0.05)
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    with Proxy(postgresql.port, "127.0.0.1") as proxy:
        url = postgresql.database().replace(f":{postgresql.port}/", f":{proxy.port}/")
        monkeypatch.setenv("HILANDER_DATABASE_URL", url)
        yield open_store(), proxy


def test_a_server_that_is_away_is_told_and_found_again(proxied):
    store, proxy = proxied
    store.add_run(RUN)
    proxy.cut()
    for ask in (lambda: store.run("r"), lambda: store.rename_run("r", "x"), store.answers):
        with pytest.raises(AwayError, match="The database does not answer"):
            ask()
    with pytest.raises(AwayError), store.annotating("r"):
        pass
    proxy.restore()
    assert store.run("r").name == "k 10"


def test_a_connection_that_fails_its_ping_in_any_way_is_made_anew(proxied, monkeypatch):
    """As where the route is gone: the driver's own tidying up fails, with an error that speaks of no connection."""
    store, proxy = proxied
    store.add_run(RUN)

    def fails(connection):
        raise psycopg.ProgrammingError("can't change 'autocommit' now")

    monkeypatch.setattr(store.engine.dialect, "do_ping", fails)
    assert store.run("r").name == "k 10"
    proxy.cut()
    with pytest.raises(AwayError, match="The database does not answer"):
        store.run("r")


def test_a_job_waits_for_a_server_that_is_away(proxied):
    store, proxy = proxied
    store.add_run(RUN)
    proxy.cut()
    with patient(20), soon(0.3, proxy.restore):
        store.rename_run("r", "patient")
    assert store.run("r").name == "patient"
    assert not store.silence_is_sure(10)


def test_a_server_is_not_waited_for_without_end(proxied):
    store, _ = proxied
    with store.engine.connect() as connection:
        names = ("lock_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle")
        found = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
        reach = connection.connection.driver_connection.info.get_parameters()
    assert found == ["20s", "1min", "10"]
    assert (reach["connect_timeout"], reach["tcp_user_timeout"]) == ("10", "20000")


def test_what_the_url_says_of_waiting_counts():
    url = sa.make_url("postgresql://me@here/x?connect_timeout=3")
    assert "connect_timeout" not in engine._reach(url)
    assert engine._reach(url)["tcp_user_timeout"] == 20_000
    assert engine._reach(sa.make_url("sqlite:///x.db")) == {}


def test_a_row_whose_answer_was_lost_is_not_added_twice(store):
    store.add_run(RUN)
    store.add_run(RUN)
    with pytest.raises(sa.exc.IntegrityError):
        store.add_run(replace(RUN, created=RUN.created + timedelta(seconds=1)))
    assert store.runs() == [RUN]


@pytest.mark.parametrize("was_written", [True, False])
def test_a_run_stays_until_it_is_known_whether_its_row_is_there(
    workspace, store, blobs, checkpoint, monkeypatch, was_written
):
    points, add = add_points(workspace, blobs[0]), store.add_run

    def lost(row: RunRow) -> None:
        if was_written:
            add(row)
        raise AwayError

    monkeypatch.setattr(store, "add_run", lost)
    with pytest.raises(AwayError):
        clustering.cluster_dataset(
            workspace, store, points, ClusterConfig(checkpoint=checkpoint, k=5), run_id="r"
        )
    assert workspace.run_dir("r").is_dir()
    leftovers.sweep(workspace, store, older_than=-1)
    assert (workspace.run_dir("r").is_dir(), store.announced()) == (was_written, {})


def test_an_import_goes_on_once_the_database_is_there(workspace, store, monkeypatch):
    path = workspace.staging_dir() / "points.npy"
    np.save(path, np.eye(3))
    order = imports.ImportOrder(path, name="Points")

    def away(_row):
        raise AwayError

    with monkeypatch.context() as broken:
        broken.setattr(store, "add_dataset", away)
        with pytest.raises(AwayError):
            imports.run_import(workspace, store, order)
    found = imports.run_import(workspace, store, order)
    assert [row.id for row in store.datasets()] == [found.dataset_id]
    assert [path.name for path in workspace.datasets_dir().iterdir()] == [found.dataset_id]


def running(store: Store) -> str:
    job_id = store.add_job("cluster", {})
    store.start_job(job_id)
    return job_id


def beaten(store: Store, job_id: str, monkeypatch, hours: float) -> None:
    """A heartbeat by a clock that was set otherwise."""
    with monkeypatch.context() as other:
        other.setattr(store_jobs, "now", lambda: now() + timedelta(hours=hours))
        store.beat([job_id])


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_dead_process_is_found_whichever_way_the_clock_was_set(store, monkeypatch, hours):
    job_id = running(store)
    beaten(store, job_id, monkeypatch, hours)
    assert [job.id for job in store.stale_jobs()] == [job_id]
    store.recover()
    assert store.job(job_id).state == "interrupted"


def test_clocks_of_two_machines_may_differ(store, monkeypatch):
    job_id = running(store)
    beaten(store, job_id, monkeypatch, 30 / 3600)
    store.recover()
    assert store.job(job_id).state == "running"


@pytest.mark.parametrize("why", ["clock", "database"])
def test_nobody_is_taken_for_dead_just_after_nobody_could_be_heard(store, monkeypatch, why):
    job_id = running(store)
    beaten(store, job_id, monkeypatch, -5)
    monkeypatch.setattr(moments, "_set_at", moments._set_at)  # put back afterwards
    if why == "clock":
        monkeypatch.setattr(moments, "_gap", moments._gap - 5 * 3600)
    else:
        monkeypatch.setattr(store, "_cut_off_at", time.monotonic())
    assert jobs.look_after(store.workspace, store, [store.job(job_id)])
    assert store.job(job_id).state == "running"
    monkeypatch.setattr(moments, "_set_at", time.monotonic() - 11)  # ten seconds later
    monkeypatch.setattr(store, "_cut_off_at", time.monotonic() - 11)
    store.recover()
    assert store.job(job_id).state == "interrupted"


def test_a_job_process_heard_in_the_future_is_not_alive(store):
    for name, hours in (("then", 5), ("now", 0)):
        store.beat_host(HostRow(name, now() + timedelta(hours=hours), "", 1, {}))
    assert [host.name for host in job_list.living_hosts(store)] == ["now"]
    store.forget_hosts(older_than=3600)
    assert [host.name for host in store.hosts()] == ["now"]
    assert is_silent(None, 10)


def test_a_job_never_ran_for_less_than_nothing(store):
    job = store.job(running(store))
    assert replace(job, ended=job.started - timedelta(hours=5)).seconds == 0


def test_the_job_process_waits_however_long_for_database_and_room(workspace, store, monkeypatch):
    host = Host(workspace, store)
    for error in (AwayError("away"), OSError(28, "No space left on device")):

        def refuse(error=error):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(store, "any_waiting", refuse)
            assert not any(
                host._turned(SimpleNamespace(scheduler_info=lambda n_workers: {"workers": {}}))
                for _ in range(3)
            )
        assert host._failures == 0


def test_nothing_is_swept_in_the_hour_after_the_clock_was_set(workspace, store, monkeypatch):
    swept, host = [], Host(workspace, store)
    monkeypatch.setattr(host_module, "collect", lambda *given: swept.append(given))
    monkeypatch.setattr(moments, "_set_at", time.monotonic() - 3500)
    assert host._turned(DASK)
    assert swept == []
    host._last.clear()
    monkeypatch.setattr(moments, "_set_at", time.monotonic() - 3700)
    assert host._turned(DASK)
    assert len(swept) == 1


@pytest.mark.parametrize("years", [-20, 0, 100])
def test_the_workers_certificate_is_valid_whatever_the_clock_says(years):
    certificate, _ = own_certificate()
    found = x509.load_pem_x509_certificate(certificate.encode())
    moment = now() + timedelta(days=365 * years)
    assert found.not_valid_before_utc < moment < found.not_valid_after_utc
