"""Adding images to a run, as a person sees it. AppTest draws a dialog on the run that opens it only, so a script opens
it on every run."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hilander.config import ClusterConfig
from hilander.services import jobs
from hilander.services.datasets import import_dataset, inspect_upload
from hilander.services.store import RunRow, now
from hilander.ui.add_dialog import came_of_it, due
from hilander.ui.run_list import run_facts
from tests.ui.conftest import button, said

ADDED = {"new": 3, "joined": 2, "clusters": 1, "old": 8, "full": 8}


def dialog() -> None:
    from hilander.services.store import open_store
    from hilander.services.workspace import default_workspace
    from hilander.ui.add_dialog import dialog

    dialog(open_store(default_workspace()).run("run1"))


@pytest.fixture
def asked(workspace, run) -> AppTest:
    return AppTest.from_function(dialog, default_timeout=60)


@pytest.fixture
def more(workspace, store, tmp_path, dataset) -> str:
    """Three images of other names, of as many dimensions as those of the run."""
    import zipfile

    from tests.services.small_uploads import png

    np.savez(tmp_path / "more.npz", x=np.eye(4)[:3], ids=np.array(["n0.png", "n1.png", "n2.png"]))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        for i in range(3):
            archive.writestr(f"n{i}.png", png((i, 2, 3)))
    report = inspect_upload(tmp_path / "more.npz", tmp_path / "more.zip")
    return import_dataset(workspace, store, report, "*More*")


def plain(app: AppTest) -> str:
    return said(app).replace("\\", "")


def test_where_nothing_goes_with_the_run_it_says_what_to_import(asked, workspace, store, tmp_path):
    np.save(tmp_path / "wide.npy", np.eye(5))
    import_dataset(workspace, store, inspect_upload(tmp_path / "wide.npy"), "Wide")
    np.save(tmp_path / "bare.npy", np.eye(4))
    import_dataset(workspace, store, inspect_upload(tmp_path / "bare.npy"), "Bare")
    asked.run()
    assert "embeddings of the same model, 4 dimensions, with images" in said(asked)
    assert [it.label for it in asked.button] == ["Import them"]
    assert not asked.selectbox


def test_a_data_set_that_fits_is_offered_and_queued_under_the_name_given(asked, run, more, dataset, store):
    asked.run()
    assert asked.selectbox(key=f"add-new-{run}").options == ["*More* · 3 images"]
    assert "nothing that is there changes" in said(asked)
    assert "of the disk" in said(asked)
    assert "Afterwards a full run is due: 3 images added to the 8 of the last one" in plain(asked)
    name = asked.text_input(key=f"add-name-{run}-{more}")
    assert name.value == "Tiles and *More*"
    name.set_value("All tiles").run()
    button(asked, "Add 3 images").click().run()
    (job,) = store.jobs(kinds=["add"])
    assert (job.name, job.dataset_id, job.settings["run"], job.settings["new"]) == (
        "All tiles",
        dataset,
        run,
        more,
    )
    assert not asked.exception


def test_images_that_are_there_already_are_told_before_anything_is_queued(
    asked, run, workspace, store, dataset
):
    original = store.dataset(dataset)
    shutil.copytree(workspace.dataset_dir(dataset), workspace.dataset_dir("twice"))
    store.add_dataset(replace(original, id="twice", name="Twice"))
    asked.run()
    assert "got 8 that it has: tile_0.png, tile_1.png, tile_2.png and 5 more. Leave" in plain(asked)
    assert button(asked, "Add 8 images").disabled
    assert "full run" not in said(asked)


def test_a_name_is_asked_for(asked, run, more):
    asked.run()
    asked.text_input(key=f"add-name-{run}-{more}").set_value("  ").run()
    assert button(asked, "Add 3 images").disabled


def test_a_run_in_which_nothing_was_joined_takes_none(asked, run, more, store):
    row = store.run(run)
    store.remove_run(run)
    store.add_run(replace(row, summary=row.summary | {"natural_level": 0}))
    asked.run()
    assert "Cluster all images together" in said(asked)
    assert not asked.selectbox


def test_the_way_in_stands_beside_each_run(cluster, run, longer_run):
    cluster.run()
    cluster.button(key=f"add-{longer_run}").click().run()
    assert "First import the new images" in said(cluster)
    assert not cluster.exception


def finished(store, dataset: str, more: str, added: dict) -> None:
    levels = {"n_levels": 2, "natural_level": 2, "clusters": 4, "seconds": 0.3, "levels": []}
    settings = {"run": "run1", "new": more, "dataset": more, "name": "All"}
    job_id = store.add_job("add", settings, name="All", dataset_id=dataset, run_id="made")
    row = RunRow("made", more, "by hand, 3 images added", ClusterConfig().to_dict(), now(), "ready", levels)
    store.add_run(replace(row, summary=levels | {"added": added}))
    store.start_job(job_id)
    store.end_job(job_id, "done")


def test_a_finished_one_says_what_became_of_the_images_and_when_a_full_run_is_due(
    cluster, run, dataset, more, store
):
    finished(store, dataset, more, ADDED)
    cluster.query_params["dataset"] = dataset
    cluster.run()
    assert (
        "Added 3 images: 2 joined clusters that were there, 1 makes 1 new cluster, at the natural level."
        in (said(cluster))
    )
    assert "A full run is due: 3 images added to the 8 of the last one" in said(cluster)
    assert not cluster.exception


def test_one_that_runs_says_where_it_is(cluster, dataset, run, more, store):
    job_id = store.add_job(
        "add", {"run": run, "new": more, "dataset": "d"}, name="All", dataset_id=dataset, run_id="made"
    )
    store.start_job(job_id)
    store.report_progress(job_id, {"stage": "links", "level": 1, "nodes": 3, "fraction": 0.0})
    cluster.query_params["dataset"] = dataset
    cluster.run()
    assert "Adding images to Tiles" in said(cluster)
    assert any(it.label == "Cancel" for it in cluster.button)
    store.cancel_job(job_id)
    store.end_job(job_id, "cancelled")
    cluster.run()
    assert "Adding images to Tiles: cancelled." in said(cluster)
    assert jobs.retry(job_id)
    (again,) = store.jobs(kinds=["add"])
    assert again.settings["dataset"] != "d"  # whatever the first has left is not in its way
    assert again.run_id != "made"


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (
            ADDED | {"joined": 3, "clusters": 0},
            "3 images: all joined clusters that were there, at the natural level",
        ),
        (
            ADDED | {"new": 1, "joined": 1, "clusters": 0},
            "1 image: it joined a cluster that was there, at the natural level",
        ),
        (ADDED | {"joined": 0, "clusters": 2}, "3 images: 3 make 2 new clusters, at the natural level"),
    ],
)
def test_what_came_of_it(added, words, store, run):
    row = store.run(run)
    assert came_of_it(row) == ""
    assert came_of_it(replace(row, summary=row.summary | {"added": added})) == words


def test_a_full_run_is_due_past_a_fifth(store, run):
    assert due(120, 100) == ""
    assert due(121, 100).startswith("a full run is due: 21 images added to the 100 of the last one. Past 20%")
    row = store.run(run)
    assert "due" not in run_facts(row)
    assert run_facts(replace(row, summary=row.summary | {"added": ADDED})).endswith("a full run is due")
