"""The export panel: each form of a cut, what it says, and what its button gives."""

from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pytest

from hilander.services import jobs, selection
from hilander.services.journal import NAME
from hilander.services.said import item_of, say
from hilander.services.worker import run_job
from hilander.ui import export_panel, folders_export
from tests.ui.conftest import button, opened, said

CSV, FOLDERS, REPORT = "CSV table", export_panel.FOLDERS, export_panel.REPORT


@pytest.fixture
def given(monkeypatch):
    """What each download button would give: label to (file name, bytes)."""
    found = {}

    def keep(label, *, data, file_name, **_):
        found[label] = (file_name, data)

    monkeypatch.setattr("streamlit.download_button", keep)
    return found


def choose(app, form):
    app.selectbox(key="cut-format").set_value(form).run()
    assert not app.exception


def test_a_table_of_the_cut(app, run, given):
    opened(app, run=run, level=1)
    assert "8 rows, one an image: id, cluster, peak." in said(app)
    name, data = given["Download 4 clusters as CSV"]
    assert name == "Tiles_level1.csv"
    rows = list(csv.DictReader(io.StringIO(data().decode())))
    assert [int(row["cluster"]) for row in rows] == [0, 0, 0, 1, 1, 2, 2, 3]
    choose(app, "JSON table")
    assert given["Download 4 clusters as JSON"][0] == "Tiles_level1.json"


def test_a_cut_by_links_and_a_mixed_cut_say_so(app, run, given):
    opened(app, run=run, level=2, links=0.85)
    assert "Cut by links of 0.85" in said(app)
    assert given["Download 6 clusters as CSV"][0] == "Tiles_level2_links0.85.csv"
    del app.query_params["links"]
    opened(app, mixed="0.0")
    assert "Mixed cut from level 2" in said(app)


def test_few_thumbnails_come_at_once(app, run, given, tmp_path):
    (tmp_path / "tiles.zip").unlink()  # the images that were imported
    opened(app, run=run, level=1)
    choose(app, FOLDERS)
    assert "Thumbnails of at most 160 pixels: the originals are no longer on the server." in said(app)
    assert any("hilander cut" in it.value for it in app.code)
    name, data = given["Download the zip"]
    assert name == "Tiles_level1.zip"
    inside = zipfile.ZipFile(io.BytesIO(data())).namelist()
    assert "0_tile_1/tile_0.webp" in inside
    assert "3_tile_7/tile_7.webp" in inside
    assert len(inside) == 8 + 2


def test_many_are_prepared_in_a_job(app, run, given, workspace, monkeypatch):
    monkeypatch.setattr(folders_export, "AT_ONCE", 7)
    opened(app, run=run, level=1)
    choose(app, FOLDERS)
    button(app, "Prepare the zip").click().run()
    assert "Download the zip" not in str(given)
    (job,) = jobs.list_jobs(kinds=["export"])
    assert button(app, "Cancel")
    run_job(str(workspace.root), job.id)
    app.run()
    (label,) = [it for it in given if it.startswith("Download the zip (")]
    name, data = given[label]
    assert name == "Tiles_level1.zip"
    assert "clusters.csv" in zipfile.ZipFile(io.BytesIO(data())).namelist()


def test_a_zip_that_failed_says_why_and_can_be_prepared_again(app, run, given, workspace, store, monkeypatch):
    monkeypatch.setattr(folders_export, "AT_ONCE", 7)
    opened(app, run=run, level=1)
    choose(app, FOLDERS)
    button(app, "Prepare the zip").click().run()
    (job,) = jobs.list_jobs(kinds=["export"])
    store.start_job(job.id)
    store.end_job(job.id, "failed", "The disk is full <b>.")
    app.run()
    assert "The disk is full" in said(app)
    button(app, "Prepare the zip").click().run()
    assert jobs.get(job.id).state == "queued"


def test_a_report(app, run, given):
    opened(app, run=run, level=2)
    choose(app, REPORT)
    name, data = given["Download 3 clusters as HTML"]
    assert name == "Tiles_level2.html"
    assert data().decode().count("<article") == 3


def test_what_is_said_of_clusters_is_in_the_table(app, run, store, given):
    say(store, run, NAME, item_of(np.array([3, 4]), 4), "Cats", seen=0, who="me")
    opened(app, run=run, level=1)
    assert "id, cluster, peak, name, mark, note" in said(app)
    rows = list(csv.DictReader(io.StringIO(given["Download 4 clusters as CSV"][1]().decode())))
    assert [row["name"] for row in rows] == ["", "", "", "Cats", "Cats", "", "", ""]


def test_excluded_images_are_named(app, run, given):
    selection.exclude(run, np.array([2, 3]), who="me")
    opened(app, run=run, level=1)
    assert "6 rows, one an image" in said(app)
    assert "2 excluded images are left out." in said(app)


def test_the_link_and_what_is_in_it(app, run, dataset):
    opened(app, run=run, level=2, cluster=1)
    (link,) = [it.value for it in app.code if "dataset=" in it.value]
    assert {f"dataset={dataset}", f"run={run}", "level=2", "cluster=1"} <= set(link.split("?")[1].split("&"))
    assert "- Level 2\n" in said(app)
    assert "the cluster opened" in said(app)
