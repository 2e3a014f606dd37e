"""What killed processes leave behind goes after a day; what belongs to somebody stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from hilander.services import datasets, imports, leftovers, runs, trash
from hilander.services.import_order import ImportOrder
from hilander.services.import_work import work_folder
from hilander.services.leftovers import DAY, announced, sweep
from hilander.services.projection import request
from hilander.services.staging import stage
from hilander.services.store import ENDED, RunRow, Store, now
from hilander.services.workspace import Workspace
from tests.services.small_uploads import add_points


@pytest.fixture
def points(workspace, rng) -> str:
    return add_points(workspace, rng.normal(size=(9, 4)))


def old(path: Path) -> Path:
    """Make a file or folder two days old; its folder keeps its age."""
    os.utime(path, (time.time() - 2 * DAY,) * 2)
    return path


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_text("x")
    return path


def test_sweeping_beside_an_upload_that_is_just_finished(workspace, store, monkeypatch):
    gone, part = workspace.staging_dir() / ".gone.part", workspace.staging_dir() / ".old.part"
    part.write_text("x")
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([gone, part]))
    sweep(workspace, store, older_than=-1)
    assert not part.exists()


def test_half_made_files_go_after_a_day(workspace, store, points):
    projections, kept = workspace.projections_dir(), workspace.dataset_dir(points)
    (projections / ".a.0123.part.npz").write_text("x")
    (projections / ".b.0123.part.npz").write_text("x")
    old(projections / ".a.0123.part.npz")
    put_aside = old(folder(kept.with_name(f".{points}.0123.old")))
    only_copy = old(folder(kept.with_name(".other.0123.old")))
    sweep(workspace, store)
    assert [path.name for path in projections.iterdir()] == [".b.0123.part.npz"]
    assert (put_aside.exists(), only_copy.exists(), kept.exists()) == (False, True, True)


def test_what_a_killed_restore_and_a_killed_download_leave_goes_after_a_day(workspace, store):
    places = [workspace.root / ".restore.0123.part", workspace.cache_dir() / "tmp0123"]
    for place in places:
        folder(place / "runs")
    sweep(workspace, store)
    assert [place.is_dir() for place in places] == [True, True]
    for place in places:
        old(place)
    sweep(workspace, store)
    assert [place.exists() for place in places] == [False, False]


def test_projections_of_a_deleted_data_set_go(workspace, store, points, rng):
    other = add_points(workspace, rng.normal(size=(9, 4)), "other")
    keys = [request(dataset_id, np.arange(4)) for dataset_id in (points, other)]  # few: made at once
    files = [old(workspace.projections_dir() / f"{key}.npz") for key in keys]
    store.trash_dataset(points)
    assert store.purge("dataset", points)
    sweep(workspace, store)
    assert [path.exists() for path in files] == [False, True]


def die() -> None:
    raise KeyboardInterrupt


def test_a_data_set_that_was_purged_by_half_goes(workspace, store, points, monkeypatch):
    lost = workspace.dataset_dir(points)
    monkeypatch.setattr(trash, "remove", lambda path: die())
    datasets.delete_dataset(points, workspace)
    with pytest.raises(KeyboardInterrupt):
        trash.purge("dataset", points, workspace)
    assert_goes_after_a_day(workspace, store, lost)


def test_an_import_that_died_before_its_row_goes(workspace, store, points, monkeypatch):
    lost = workspace.dataset_dir("lost")
    report = datasets.inspect_upload(workspace.staging_dir() / "points.npy")
    monkeypatch.setattr(imports, "remove", lambda path: die())
    monkeypatch.setattr(store, "add_dataset", lambda row: die())
    with pytest.raises(KeyboardInterrupt):
        datasets.import_dataset(workspace, store, report, "lost", dataset_id="lost")
    assert_goes_after_a_day(workspace, store, lost)


def test_an_import_nobody_goes_on_with_goes_after_a_day_and_its_lock(workspace, store):
    work, lock = workspace.datasets_dir() / ".0123.import", workspace.locks_dir() / "import-0123.lock"
    folder(work / "data")
    lock.touch()
    old(lock)
    sweep(workspace, store)
    assert (work.is_dir(), lock.exists()) == (True, True)
    old(work)
    for _ in range(2):  # first the folder, then the lock, whose import is over now
        sweep(workspace, store)
    assert (work.exists(), lock.exists()) == (False, False)


def test_what_a_job_may_still_need_stays(workspace, store):
    """Uploads and unfinished work of jobs that wait, run or were interrupted; of others for a day after their end."""
    needed, for_a_day = [], []
    for state in ("queued", "running", "interrupted", "failed", "cancelled"):
        order = ImportOrder(stage(workspace, "x.npy", state.encode()))
        work = folder(work_folder(workspace.datasets_dir(), order.key()))
        job_id = store.add_job("import", order.to_dict())
        if state != "queued":
            store.start_job(job_id)
        if state in ENDED:
            store.end_job(job_id, state)
        kept = for_a_day if state in ("failed", "cancelled") else needed
        kept += [old(order.embeddings.parent), old(work)]
    checkpoint = stage(workspace, "net.pth", b"net")
    store.add_job("checkpoint", {"path": str(checkpoint), "checkpoint": "c", "name": ""})
    store.add_job("export", {"key": "0123"})
    needed += [old(checkpoint.parent), old(folder(workspace.exports_dir() / ".0123.89.part"))]
    nobodys = old(stage(workspace, "x.npy", b"nobody's").parent)
    sweep(workspace, store)
    assert [path for path in (*needed, *for_a_day) if not path.exists()] == []
    assert not nobodys.exists()
    sweep(workspace, store, older_than=-1)
    assert [path for path in needed if not path.exists()] == []
    assert [path for path in for_a_day if path.exists()] == []


def assert_goes_after_a_day(workspace: Workspace, store: Store, lost: Path) -> None:
    sweep(workspace, store)
    assert lost.is_dir()  # it could be a process that is still at it
    sweep(workspace, store, older_than=-1)
    assert not lost.exists()
    assert store.announced() == {}


def test_a_run_that_was_purged_by_half_goes(workspace, store, points, monkeypatch):
    store.add_run(RunRow("r1", points, "", {}, now(), "ready", {}))
    lost = folder(workspace.run_dir("r1"))
    monkeypatch.setattr(trash, "remove", lambda path: die())
    runs.delete_run("r1", workspace)
    with pytest.raises(KeyboardInterrupt):
        trash.purge("run", "r1", workspace)
    sweep(workspace, store, older_than=-1)
    assert not lost.exists()
    assert workspace.dataset_dir(points).is_dir()


def test_an_announced_folder_that_has_its_row_stays(workspace, store, points):
    store.announce(f"datasets/{points}")
    sweep(workspace, store, older_than=-1)
    assert workspace.dataset_dir(points).is_dir()
    assert store.announced() == {}


def test_what_lies_in_the_trash_stays_though_it_was_announced(workspace, store, points):
    datasets.delete_dataset(points, workspace)
    store.announce(f"datasets/{points}")  # as a purge does that dies before anything is gone
    sweep(workspace, store, older_than=-1)
    assert workspace.dataset_dir(points).is_dir()


def test_what_another_database_knows_is_left_alone(workspace, store, points, tmp_path):
    other = Store(workspace, f"sqlite:///{tmp_path / 'other.db'}")
    old(workspace.dataset_dir(points))
    leftovers.sweep(Workspace(workspace.root), other, older_than=-1)
    assert datasets.open_dataset(points, workspace).n == 9


def test_what_was_announced_in_another_workspace_of_this_database_is_left_alone(workspace, store, tmp_path):
    other = Workspace(tmp_path / "other")
    beside = Store(other, store.engine.url.render_as_string(hide_password=False))
    ours, lost = (folder(it.dataset_dir("same")) for it in (workspace, other))
    store.set_fact("announced:datasets/same", "0")  # as earlier versions did: of whichever workspace
    beside.announce("datasets/same")
    sweep(workspace, store, older_than=-1)
    assert (ours.exists(), lost.exists(), store.announced()) == (True, True, {})
    sweep(other, beside, older_than=-1)
    assert (ours.exists(), lost.exists(), beside.announced()) == (True, False, {})


def test_an_announcement_ends_with_its_block(workspace, store):
    with announced(store, workspace.dataset_dir("a"), workspace.run_dir("b")):
        assert sorted(store.announced()) == ["datasets/a", "runs/b"]
    assert store.announced() == {}
