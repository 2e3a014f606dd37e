"""What a load balancer and an operator are told: of a healthy workspace, and of each thing that can be wrong."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from hilander.services import health
from hilander.services.metrics import metrics
from hilander.services.store import STALE_AFTER, HostRow, Store, now
from hilander.services.workspace import Workspace

HOST = HostRow("here-1", now(), "", 1000, {"tcp://w:1": 2000})


def found(workspace: Workspace) -> dict[str, health.Check]:
    return {check.name: check for check in health.checks(workspace)}


def test_a_workspace_that_works_is_healthy(workspace, store):
    assert health.is_healthy(health.checks(workspace))
    assert found(workspace)["jobs"].detail == "no job process yet: the first visit starts it"
    store.beat_host(replace(HOST, beat=now()))
    assert found(workspace)["jobs"].detail == "1 job process alive"
    assert list(workspace.root.glob(".health*")) == []


def test_a_workspace_that_is_not_there_is_not_made(tmp_path):
    (check,) = health.checks(Workspace(tmp_path / "none"))
    assert not check.ok
    assert "does not exist" in check.detail
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_told(workspace, store, monkeypatch):
    monkeypatch.setattr(
        health.os, "fsync", lambda _file: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    assert "cannot be written: No space left on device" in found(workspace)["workspace"].detail
    assert not health.is_healthy(health.checks(workspace))
    assert list(workspace.root.glob(".health*")) == []


def test_a_database_that_fails_is_told_without_its_password(workspace, store, monkeypatch):
    def fail(_self):
        raise OSError("no route to postgresql://me:hunter2@db/x")

    monkeypatch.setattr(Store, "answers", fail)
    assert found(workspace)["database"].detail == "OSError: no route to postgresql://me:***@db/x"
    assert "jobs" not in found(workspace)
    assert 'hilander_up{check="database"} 0' in metrics(workspace)


def test_a_database_that_hangs_is_not_waited_for(workspace, store, monkeypatch):
    monkeypatch.setattr(Store, "answers", lambda _self: time.sleep(2))
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    assert found(workspace)["database"] == health.Check("database", False, "does not answer within 0 s")


def test_a_job_process_that_was_killed_is_told(workspace, store):
    store.beat_host(replace(HOST, beat=now() - timedelta(seconds=STALE_AFTER + 1)))
    assert "ended without a word" in found(workspace)["jobs"].detail
    store.forget_host(HOST.name)
    assert found(workspace)["jobs"].ok


def test_a_scheduler_that_is_gone_is_told(workspace, store):
    store.beat_host(replace(HOST, beat=now(), trouble="The Dask scheduler tcp://x:1 does not answer."))
    assert found(workspace)["jobs"] == health.Check(
        "jobs", False, "The Dask scheduler tcp://x:1 does not answer."
    )


def test_jobs_that_nobody_takes_are_told(workspace, store, monkeypatch):
    store.add_job("cluster", {})
    assert found(workspace)["jobs"].ok  # just queued
    monkeypatch.setattr(health, "LONG_WAIT", -1.0)
    assert "no job process is alive; jobs that wait: 1" in found(workspace)["jobs"].detail


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_have_what_an_operator_wants(workspace, store):
    store.add_job("cluster", {})
    store.start_job(running := store.add_job("import", {}))
    store.end_job(store.add_job("import", {}), "failed")
    store.count_ended("import", "failed", 1.5)
    store.count_ended("import", "failed", 2.0)
    store.beat_host(replace(HOST, beat=now()))
    seen = samples(metrics(workspace, app_memory=3000))
    assert running
    states = ("queued", "running", "cancelled", "done", "failed", "interrupted")
    assert [seen[f'hilander_jobs{{state="{state}"}}'] for state in states] == [1, 1, 0, 0, 1, 0]
    assert seen['hilander_job_seconds_count{kind="import",state="failed"}'] == 2
    assert seen['hilander_job_seconds_sum{kind="import",state="failed"}'] == 3.5
    assert seen['hilander_memory_bytes{process="app",name=""}'] == 3000
    assert seen['hilander_memory_bytes{process="jobs",name="here-1"}'] == 1000
    assert seen['hilander_memory_bytes{process="worker",name="tcp://w:1"}'] == 2000
    assert seen['hilander_up{check="database"}'] == 1
    free, used, total = (
        seen[f'hilander_workspace_disk_bytes{{state="{it}"}}'] for it in ("free", "used", "total")
    )
    assert 0 < free <= total
    assert 0 < used < total


def test_metrics_name_each_figure_once_with_its_type(workspace, store):
    text = metrics(workspace)
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == 5
    assert text.endswith("\n")


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_a_label_cannot_break_the_format(workspace, store, name):
    store.beat_host(replace(HOST, name=name, beat=now(), workers={}))
    (line,) = [
        it for it in metrics(workspace).splitlines() if it.startswith('hilander_memory_bytes{process="jobs"')
    ]
    assert line.endswith(" 1000")


def test_totals_are_kept_when_rows_go(store):
    job_id = store.add_job("cluster", {})
    store.count_ended("cluster", "done", 1.0)
    store.remove_job(job_id)
    assert [(it.kind, it.state, it.count, it.seconds) for it in store.totals()] == [
        ("cluster", "done", 1, 1.0)
    ]


def test_hosts_that_are_silent_for_long_are_forgotten(store):
    store.beat_host(replace(HOST, beat=now() - timedelta(hours=2)))
    store.beat_host(replace(HOST, name="other", beat=now()))
    store.beat_host(replace(HOST, name="other", beat=now(), memory=7))
    store.forget_hosts(older_than=3600)
    assert [(host.name, host.memory) for host in store.hosts()] == [("other", 7)]
