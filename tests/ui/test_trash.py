"""The trash on the Data page: what lies there, and the way back."""

from __future__ import annotations

from hilander.services import datasets, disk, runs
from tests.ui.conftest import N, said


def test_an_empty_trash_is_not_shown(data, dataset):
    data.run()
    assert "deleted" not in said(data)
    assert not data.exception


def test_a_data_set_comes_back_from_the_trash(data, store, dataset, run):
    datasets.delete_dataset(dataset)
    data.run()
    assert f"{N} images" not in said(data)
    assert "deleted just now · " in said(data)
    assert "30 days left" in said(data)
    data.button(key=f"restore-dataset-{dataset}").click().run()
    assert f"{N} images" in said(data)
    assert "deleted" not in said(data)
    assert store.run(run) is not None


def test_a_deleted_run_lies_there_by_itself(data, store, dataset, run):
    runs.delete_run(run)
    data.run()
    assert "0 runs" in said(data)
    assert data.button(key=f"restore-run-{run}")


def test_what_the_disk_holds_is_said_and_little_space_is_warned_of(data, dataset, monkeypatch):
    data.run()
    assert "The workspace takes " in said(data)
    assert "Only" not in said(data)
    monkeypatch.setattr(disk, "free_bytes", lambda path: 1_500_000_000)
    datasets.delete_dataset(dataset)  # another set of rows is counted anew
    data.run()
    assert "Only 1.5 GB are free on the disk of the workspace" in said(data)
