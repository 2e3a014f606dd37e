"""The store: rows come back as they went in, states move only where they may, two processes share it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from hilander.errors import InputError
from hilander.services.store import DatasetRow, HostRow, RunRow, Store, dump, now, open_store
from hilander.services.workspace import Workspace, checked_id

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PETS = DatasetRow("pets", "Pets", 3, 2, True, False, MOMENT, "a note", "ready")
FIRST = RunRow("r1", "pets", "k 10", {"k": 10}, MOMENT, "ready", {"levels": [1, 2]})


def test_rows_come_back_as_they_went_in(store):
    store.add_dataset(PETS)
    store.add_run(FIRST)
    assert store.dataset("pets") == PETS
    assert store.runs("pets") == [FIRST]
    assert store.datasets() == [PETS]
    assert (store.dataset("cats"), store.run("r2"), store.job("j")) == (None, None, None)


def test_newest_first(store):
    for i, name in enumerate(["old", "new"]):
        store.add_dataset(DatasetRow(**(vars(PETS) | {"id": name, "created": MOMENT + timedelta(days=i)})))
    assert [row.id for row in store.datasets()] == ["new", "old"]


def test_names_can_be_changed(store):
    store.add_dataset(PETS)
    store.add_run(FIRST)
    store.rename_dataset("pets", "Cats")
    store.rename_run("r1", "mine")
    assert store.dataset("pets").name == "Cats"
    assert store.run("r1").name == "mine"


def test_removing_a_data_set_forgets_its_runs_and_jobs(store):
    store.add_dataset(PETS)
    store.add_run(FIRST)
    kept, gone = (
        store.add_job("cluster", {}, dataset_id="other"),
        store.add_job("cluster", {}, dataset_id="pets"),
    )
    assert not store.purge("dataset", "pets")  # not in the trash
    store.trash_dataset("pets")
    assert store.purge("dataset", "pets")
    assert (store.dataset("pets"), store.runs()) == (None, [])
    assert [job.id for job in store.jobs()] == [kept]
    assert store.wants_cancel(gone)  # so that its computation stops


def test_a_job_from_queued_to_done(store):
    job_id = store.add_job("cluster", {"k": 5}, name="five", dataset_id="pets", run_id="r1")
    assert store.job(job_id).state == "queued"
    assert store.start_job(job_id)
    assert not store.start_job(job_id)  # somebody has it
    store.report_progress(job_id, {"level": 1}, [{"level": 1}])
    store.end_job(job_id, "done")
    job = store.job(job_id)
    assert (job.state, job.progress, job.history) == ("done", {"level": 1}, [{"level": 1}])
    assert (job.settings, job.name, job.run_id, job.is_over) == ({"k": 5}, "five", "r1", True)
    assert job.created <= job.started <= job.ended


def test_an_ended_job_stays_ended(store):
    job_id = store.add_job("cluster", {})
    store.cancel_job(job_id)
    assert store.job(job_id).state == "cancelled"
    assert not store.start_job(job_id)
    assert not store.end_job(job_id, "done")
    store.beat([job_id])
    assert store.job(job_id).state == "cancelled"


def test_cancelling_a_running_job_raises_its_flag(store):
    job_id = store.add_job("cluster", {})
    store.start_job(job_id)
    assert not store.wants_cancel(job_id)
    store.cancel_job(job_id)
    assert (store.job(job_id).state, store.wants_cancel(job_id)) == ("running", True)


def test_the_same_id_is_queued_once(store):
    assert store.add_job("projection", {"n": 1}, job_id="p") == store.add_job(
        "projection", {"n": 2}, job_id="p"
    )
    assert store.job("p").settings == {"n": 1}
    assert store.jobs() == []  # pages do not list projections


def age(store: Store, job_id: str, seconds: float) -> None:
    """Set a job's last heartbeat into the past."""
    store.update_job(job_id, heartbeat=now() - timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "state"), [(8, "running"), (12, "interrupted")])
def test_a_running_job_without_heartbeat_is_interrupted(store, seconds, state):
    job_id = store.add_job("cluster", {})
    store.start_job(job_id)
    age(store, job_id, seconds)
    store.recover(stale_after=10)
    job = store.job(job_id)
    assert job.state == state
    assert ("Start the job again" in job.error) == (state == "interrupted")


def test_a_slow_process_takes_its_interrupted_job_back(store):
    job_id = store.add_job("cluster", {})
    store.start_job(job_id)
    age(store, job_id, 60)
    store.recover()
    store.beat([job_id])
    job = store.job(job_id)
    assert (job.state, job.error, job.ended) == ("running", "", None)


def test_a_job_queued_at_a_dead_host_waits_for_another(store):
    job_id = store.add_job("cluster", {})
    assert store.any_waiting()
    assert store.claim_job(job_id, "first")
    assert not store.claim_job(job_id, "second")
    assert not store.any_waiting()
    age(store, job_id, 60)
    store.recover()
    assert store.claim_job(job_id, "second")


def test_queued_jobs_fail_where_no_job_process_is_left_to_take_them(store):
    waiting, claimed, lost = (store.add_job("cluster", {}) for _ in range(3))
    store.claim_job(claimed, "another")
    store.claim_job(lost, "dead")
    age(store, lost, 60)
    jobs = (waiting, claimed, lost)
    store.beat_host(HostRow("another", now(), "", 1, {}))
    store.fail_queued("Mend it.")
    assert [store.job(it).state for it in jobs] == ["queued", "queued", "queued"]
    store.beat_host(HostRow("another", now() - timedelta(seconds=60), "", 1, {}))
    store.fail_queued("Mend it.")
    assert [store.job(it).state for it in jobs] == ["failed", "queued", "failed"]
    assert store.job(waiting).error == "Mend it."


def test_a_leaving_host_lets_go_of_its_jobs(store):
    running, queued = store.add_job("cluster", {}), store.add_job("cluster", {})
    assert store.claim_job(running, "host")
    assert store.claim_job(queued, "host")
    store.start_job(running)
    store.release_host("host")
    assert (store.job(running).state, store.job(queued).state) == ("interrupted", "queued")
    assert store.requeue_job(running)
    assert store.claim_job(running, "next")
    assert store.claim_job(queued, "next")


CLAIM = """
from hilander.services.store import open_store
import sys
store = open_store()
for _ in range(40):
    for job in [job for job in store.open_jobs() if store.claim_job(job.id, sys.argv[1])]:
        store.start_job(job.id)
        store.report_progress(job.id, {"by": sys.argv[1]})
        store.end_job(job.id, "done")
        sys.stdout.write(job.id + "\\n")
    store.add_job("cluster", {})
"""


def test_two_processes_take_each_job_once(workspace):
    """Both start on an empty folder at the same moment, so making the tables is raced for too."""
    processes = [
        subprocess.Popen([sys.executable, "-c", CLAIM, name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    taken = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    store = open_store(workspace)
    ids = taken[0] + taken[1]
    assert len(ids) == len(set(ids))
    assert set(ids) == {job.id for job in store.jobs() if job.state == "done"}
    assert len(store.jobs()) == 80


def test_the_database_can_be_named(workspace_with_file, tmp_path, monkeypatch):
    monkeypatch.setenv("HILANDER_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    open_store(workspace_with_file).set_fact("x", "1")
    assert (tmp_path / "other.db").exists()
    assert not (workspace_with_file.root / "hilander.db").exists()


@pytest.mark.parametrize("url", ["not a url", "nosuch://x", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_cannot_be_reached_is_the_users_to_mend(workspace, url):
    with pytest.raises(InputError, match="HILANDER_DATABASE_URL"):
        Store(workspace, url)


@pytest.mark.parametrize("name", ["what?", "a%20b", "mode=ro&x", "#1", "ü ä"])
def test_a_workspace_may_be_called_anything(tmp_path, name):
    Store(Workspace(tmp_path / name)).set_fact("name", name)
    assert (tmp_path / name / "hilander.db").stat().st_size > 0
    assert Store(Workspace(tmp_path / name)).fact("name") == name


def test_a_file_that_is_no_database_is_named_and_not_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("HILANDER_DATABASE_URL", raising=False)
    (tmp_path / "hilander.db").write_text("this is a text, longer than any header of a database file" * 40)
    with pytest.raises(
        InputError, match=r"hilander\.db could not be opened: file is not a database"
    ) as caught:
        Store(Workspace(tmp_path))
    assert "HILANDER_DATABASE_URL" not in str(caught.value)


def test_the_message_about_a_database_keeps_its_password(workspace):
    with pytest.raises(InputError) as caught:
        Store(workspace, "nosuch://user:secret@host/db")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "..", "../x", "a/b", ".hidden", "a" * 65, "x\n", "ünter"])
def test_ids_that_are_not_plain_are_refused(text):
    with pytest.raises(InputError, match="An id is"):
        checked_id(text)


def test_a_dump_is_of_one_moment_though_somebody_writes_meanwhile(store, workspace, monkeypatch):
    store.set_fact("before", "yes")  # facts and jobs are read before runs
    plain, other = dump._plain, Store(workspace)

    def write_meanwhile(row):
        other.set_fact(f"during {len(other.runs())}", "yes")
        other.add_run(RunRow(f"r{len(other.runs())}", "set", "", {}, now(), "ready", {}))
        return plain(row)

    monkeypatch.setattr(dump, "_plain", write_meanwhile)
    rows = store.dump()
    assert [row["key"] for row in rows["facts"]] == ["before"]
    assert rows["runs"] == []
    assert len(store.runs()) == 1
