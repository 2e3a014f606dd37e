"""Each way a workspace can be wrong is named once, with what to do; mending loses nothing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from hilander.hierarchy.run import Run
from hilander.io.checksums import FILE, read_checksums
from hilander.services import answers, before_journal, datasets, doctor
from hilander.services.doctor import Finding, examine
from hilander.services.store import RunRow, Store, now
from tests.services.small_uploads import add_points
from tests.services.test_services_leftovers import folder, old


@pytest.fixture(autouse=True)
def space(monkeypatch) -> None:
    """Enough of it, whatever the disk of the tests has."""
    monkeypatch.setattr(doctor, "free_bytes", lambda path: 10**12)


@pytest.fixture
def points(workspace, rng) -> str:
    return add_points(workspace, rng.normal(size=(9, 4)))


@pytest.fixture
def run(workspace, store, points, small_run) -> str:
    Run(small_run.hierarchy, np.array(list("abcd"))).save(workspace.run_dir("r1"))
    store.add_run(RunRow("r1", points, "First", {}, now(), "ready", {}))
    return "r1"


def only(found: list[Finding]) -> Finding:
    (one,) = found
    return one


def mended(workspace, store, **options: bool) -> list[Finding]:
    for finding in examine(workspace, store, **options):
        if finding.mend is not None:
            finding.mend()
    return examine(workspace, store, **options)


def test_nothing_is_wrong(workspace, store, points, run):
    datasets.delete_dataset(add_points(workspace, np.eye(3), "deleted"), workspace)
    assert examine(workspace, store) == []


def test_a_changed_byte_and_a_missing_file_are_named(workspace, store, points, run):
    path = workspace.dataset_dir(points) / "embeddings.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (workspace.run_dir(run) / "parent.npy").unlink()
    first, second = examine(workspace, store)
    assert (first.place, second.place) == (f"datasets/{points}", "runs/r1")
    assert "embeddings.npy differs from what was written in 1 of 1 blocks" in first.what
    assert "parent.npy is missing" in second.what
    assert "or delete the data set in the app and import it again" in first.todo
    assert first.mend is second.mend is None


def test_a_missing_folder_is_named_in_the_trash_too(workspace, store, points):
    datasets.delete_dataset(points, workspace)
    shutil.rmtree(workspace.dataset_dir(points))
    one = only(examine(workspace, store))
    assert (one.place, one.what) == (f"datasets/{points}", "the folder of this data set is missing")
    assert mended(workspace, store) == [one]


def test_a_folder_without_a_row_is_never_removed_without_being_told(workspace, store, points, tmp_path):
    other = Store(workspace, f"sqlite:///{tmp_path / 'other.db'}")
    one = only(examine(workspace, other))
    assert (one.place, one.is_problem) == (f"datasets/{points}", True)
    assert "HILANDER_DATABASE_URL" in one.todo
    assert mended(workspace, other) == [one]
    assert datasets.open_dataset(points, workspace).n == 9
    assert mended(workspace, other, remove_unknown=True) == []
    assert not workspace.dataset_dir(points).exists()


def test_what_an_import_is_at_is_no_lost_folder(workspace, store):
    folder(workspace.dataset_dir("arriving"))
    store.announce("datasets/arriving")
    assert examine(workspace, store) == []


def test_checksums_are_added_to_what_has_none(workspace, store, points, run):
    later = workspace.run_dir(run) / before_journal.ANSWERS
    later.write_text('[{"a": 0, "b": 1, "same": true}]')
    for home in (workspace.dataset_dir(points), workspace.run_dir(run)):
        (home / FILE).unlink()
    found = examine(workspace, store)
    assert [(it.place, it.is_problem) for it in found] == [(f"datasets/{points}", False), ("runs/r1", False)]
    assert mended(workspace, store) == []
    assert {"parent.npy", "ids.npy"} < set(read_checksums(workspace.run_dir(run)))
    answers.given(run, workspace)  # they go to the journal, and the file goes
    assert not later.exists()
    assert examine(workspace, store) == []


def test_no_checksums_are_made_of_what_cannot_be_opened(workspace, store, points):
    (workspace.dataset_dir(points) / FILE).unlink()
    (workspace.dataset_dir(points) / "ids.npy").write_bytes(b"short")
    one = only(examine(workspace, store))
    assert one.is_problem
    assert mended(workspace, store) == [one]


def test_a_run_whose_data_set_is_gone_goes(workspace, store, run):
    store.add_run(RunRow("r2", "gone", "", {}, now(), "ready", {}))
    lost = folder(workspace.run_dir("r2"))
    assert "its data set is gone" in examine(workspace, store)[-1].what
    mended(workspace, store)
    assert (store.run("r2"), lost.exists(), store.run(run).name) == (None, False, "First")


def test_a_job_that_nobody_runs_is_interrupted(workspace, store):
    job = store.add_job("demo", {})
    store.start_job(job)
    assert examine(workspace, store) == []
    store.update_job(job, heartbeat=now().replace(year=2020))
    assert only(examine(workspace, store)).place == f"job {job} (demo)"
    assert mended(workspace, store) == []
    assert store.job(job).state == "interrupted"


def test_leftovers_are_a_note(workspace, store):
    path = old(folder(workspace.dataset_dir("x").with_name(".x.0123.part")))
    one = only(examine(workspace, store))
    assert (one.place, one.is_problem) == ("datasets/.x.0123.part", False)
    assert mended(workspace, store) == []
    assert not path.exists()


def test_little_space_is_a_note(workspace, store, monkeypatch):
    monkeypatch.setattr(doctor, "free_bytes", lambda path: 1_234_567_890)
    one = only(examine(workspace, store))
    assert (one.what, one.is_problem) == ("only 1.2 GB are free on its disk", False)


def test_a_damaged_database_file_is_told(workspace_with_file):
    store = Store(workspace_with_file)
    for number in range(200):
        store.set_fact(f"key{number}", "x" * 200)
    store.engine.dispose()
    path = workspace_with_file.root / "hilander.db"
    content = bytearray(path.read_bytes())
    page = content.rfind(b"key150")
    content[page - page % 4096 + 8 : page - page % 4096 + 100] = bytes(92)
    path.write_bytes(content)
    assert store.faults() != []
