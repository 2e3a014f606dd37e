"""What was deleted stays 30 days, comes back whole, and frees the disk when it goes."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import datasets, gc, jobs, recipes, runs, trash
from hilander.services.disk import bytes_of
from hilander.services.leftovers import DAY, sweep
from hilander.services.store import RunRow, now
from tests.services.claims import claim_queued
from tests.services.small_uploads import add_points
from tests.services.test_services_leftovers import old

DIM = 512  # 100,000 rows would be 200 MB; 1,000 are 2


@pytest.fixture
def points(workspace, rng) -> str:
    return add_points(workspace, rng.normal(size=(1_000, DIM)))


@pytest.fixture
def run(workspace, store, points) -> str:
    store.add_run(RunRow("r1", points, "First", {}, now(), "ready", {}))
    workspace.run_dir("r1").mkdir()
    (workspace.run_dir("r1") / "parent.npy").write_bytes(bytes(1000))
    return "r1"


def later(monkeypatch, days: float) -> None:
    moment = now() + timedelta(days=days)
    monkeypatch.setattr(trash, "now", lambda: moment)


def test_a_deleted_data_set_is_out_of_sight_and_comes_back_with_its_runs_and_jobs(
    workspace, store, points, run
):
    job = store.add_job("import", {"images": "x.zip"}, dataset_id=points)
    store.add_run(RunRow("earlier", points, "Earlier", {}, now(), "ready", {}))
    runs.delete_run("earlier", workspace)
    datasets.delete_dataset(points, workspace)
    assert (store.dataset(points), store.datasets(), store.run(run), store.runs(), store.jobs()) == (
        *(None, []),
        *(None, [], []),
    )
    assert [(it.kind, it.name, it.days_left) for it in trash.trashed(workspace)] == [
        ("dataset", "points", 30)
    ]
    trash.restore("dataset", points, workspace)
    assert datasets.open_dataset(points, workspace).n == 1_000
    assert [it.id for it in store.runs(points)] == [run]
    assert [(it.id, it.state) for it in store.jobs(points)] == [(job, "cancelled")]
    assert [(it.kind, it.name) for it in trash.trashed(workspace)] == [("run", "Earlier")]


def test_what_runs_on_a_deleted_data_set_stops(workspace, store, points):
    running, waiting = (store.add_job("cluster", {}, dataset_id=points) for _ in range(2))
    store.start_job(running)
    datasets.delete_dataset(points, workspace)
    assert store.wants_cancel(running)
    assert store.job(waiting).state == "cancelled"
    assert claim_queued(store, "host") == []


def test_purging_frees_the_disk(workspace, store, points, run):
    before = bytes_of(workspace.datasets_dir()) + bytes_of(workspace.runs_dir())
    datasets.delete_dataset(points, workspace)
    (only,) = trash.trashed(workspace)
    assert only.bytes == before > 1_000 * DIM * 4
    trash.purge("dataset", points, workspace)
    assert bytes_of(workspace.datasets_dir()) + bytes_of(workspace.runs_dir()) == 0
    assert (store.trash(), store.ids("run"), store.jobs(points)) == ([], set(), [])


@pytest.mark.parametrize("act", [trash.restore, trash.purge])
def test_what_is_not_in_the_trash_can_neither_come_back_nor_go(workspace, store, points, run, act):
    with pytest.raises(InputError, match=r"no data set .* in the trash"):
        act("dataset", points, workspace)
    datasets.delete_dataset(points, workspace)
    with pytest.raises(InputError, match="no run 'r1' in the trash"):
        act("run", run, workspace)  # it comes and goes with its data set
    assert workspace.run_dir(run).is_dir()


@pytest.mark.parametrize("kind", ["dataset", "run"])
def test_what_is_restored_while_it_is_purged_stays(workspace, store, points, run, monkeypatch, kind):
    row_id = {"dataset": points, "run": run}[kind]
    (datasets.delete_dataset if kind == "dataset" else runs.delete_run)(row_id, workspace)
    real = trash._folders
    brought: list[bool] = []

    def meanwhile(*words):
        brought.append(store.bring_back(kind, row_id))
        return real(*words)

    monkeypatch.setattr(trash, "_folders", meanwhile)
    with pytest.raises(InputError, match=r"in the trash \(restored"):
        trash.purge(kind, row_id, workspace)
    sweep(workspace, store, older_than=-1)
    assert (brought, store.announced()) == ([True], {})
    assert datasets.open_dataset(points, workspace).n == 1_000
    assert ([it.id for it in store.runs(points)], workspace.run_dir(run).is_dir()) == ([run], True)


def test_a_restore_that_finds_it_purged_says_so(workspace, store, points, monkeypatch):
    datasets.delete_dataset(points, workspace)
    monkeypatch.setattr(
        trash, "_required", lambda *_: store.purge("dataset", points)
    )  # just after it has looked
    with pytest.raises(InputError, match="or deleted for good"):
        trash.restore("dataset", points, workspace)


def test_the_trash_goes_after_thirty_days(workspace, store, points, run, monkeypatch):
    runs.delete_run(run, workspace)
    later(monkeypatch, 29.9)
    assert gc.found(workspace, store) == []
    later(monkeypatch, 30.1)
    assert [(it.name, it.bytes) for it in gc.found(workspace, store)] == [("First", 1000)]
    assert workspace.run_dir(run).is_dir()  # looking changes nothing
    assert [it.name for it in gc.collect(workspace, store)] == ["First"]
    assert not workspace.run_dir(run).exists()
    assert datasets.open_dataset(points, workspace).n == 1_000


def test_what_goes_is_named_with_its_bytes_and_a_look_changes_nothing(workspace, store, points):
    staged = old(
        Path(shutil.copy(workspace.staging_dir() / "points.npy", workspace.staging_dir() / "old.npy"))
    )
    half = workspace.dataset_dir("x").with_name(".x.0123.part")
    half.mkdir()
    (half / "embeddings.npy").write_bytes(bytes(50))
    old(half)
    listed = gc.found(workspace, store)
    assert {(it.name, it.bytes) for it in listed} == {
        ("staging/old.npy", staged.stat().st_size),
        ("datasets/.x.0123.part", 50),
    }
    assert staged.exists()
    assert half.exists()
    assert gc.collect(workspace, store) == listed
    assert (staged.exists(), half.exists(), gc.found(workspace, store)) == (False, False, [])
    assert DAY == 24 * 3600


def test_a_checkpoint_comes_back(workspace, store, checkpoint):
    from hilander.model.checkpoint import load_checkpoint
    from hilander.services import checkpoints
    from hilander.services.checkpoint_intake import file_checkpoint, row_of

    loaded = load_checkpoint(checkpoint)
    file_checkpoint(workspace, store, loaded, row_of(loaded, "own1", "Mine", "Tiles"))
    checkpoints.delete_checkpoint("own1", workspace)
    assert store.checkpoints() == []
    trash.restore("checkpoint", "own1", workspace)
    source = checkpoints.find_checkpoint("own1", workspace).source
    assert load_checkpoint(source).tau == loaded.tau
    assert np.isfinite(loaded.tau)


def test_a_retry_is_not_offered_for_what_is_in_the_trash(workspace, store, points):
    store.add_job("cluster", {}, dataset_id=points)
    datasets.delete_dataset(points, workspace)
    assert jobs.list_jobs(workspace=workspace) == []


def test_nothing_is_written_about_a_run_in_the_trash_and_what_was_comes_back(workspace, store, points, run):
    recipes.save(store, run, "Mine", Cut(0), who="ann")
    datasets.delete_dataset(points, workspace)
    with pytest.raises(InputError, match="There is no run 'r1'"):
        recipes.save(store, run, "Late", Cut(0), who="ann")
    trash.restore("dataset", points, workspace)
    assert [it.name for it in recipes.saved(store, run)] == ["Mine"]
