"""Cuts taken away: the archives, the report, what is reachable of the originals, and asking again."""

from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pytest

from hilander.errors import Cancelled, InputError
from hilander.hierarchy.cuts import Cut
from hilander.io.tables import table_bytes
from hilander.services import exports, job_process, jobs, said, selection
from hilander.services.datasets import import_dataset, inspect_upload, open_dataset
from hilander.services.exports import Asked, pack, packed, request, result
from hilander.services.journal import MARK, NAME, NOTE
from hilander.services.leftovers import sweep
from hilander.services.originals import originals_paths
from hilander.services.report import write_report
from hilander.services.runs import open_run
from hilander.services.store import Store, open_store
from hilander.services.worker import run_job
from hilander.views.audit import audit
from hilander.views.gallery import gallery_of
from hilander.views.levels import level_table
from tests.services.small_uploads import png
from tests.ui.conftest import N, forest, keep_run

NAMES = ["con.png", "a/x.png", "b/x.png", "<b>.png", "q'uote.png", "שלום.png", "tile6.png", "tile7.png"]
HTML = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def no_job_process(monkeypatch):
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)


@pytest.fixture
def dataset(workspace, store, tmp_path):
    np.save(tmp_path / "tiles.npy", np.random.default_rng(0).normal(size=(N, 4)))
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        for i, name in enumerate(sorted(NAMES)):
            archive.writestr(name, png((30 * i, 90, 200 - 20 * i)))
    lines = [f'"{name}","{HTML if i < 4 else ""}"' for i, name in enumerate(sorted(NAMES))]
    (tmp_path / "labels.csv").write_text("\n".join(["id,label", *lines]), encoding="utf-8")
    report = inspect_upload(tmp_path / "tiles.npy", tmp_path / "tiles.zip", tmp_path / "labels.csv")
    job = jobs.submit_import(report, HTML)
    dataset_id = import_dataset(workspace, store, report, HTML)
    store.update_job(job, dataset_id=dataset_id)
    keep_run("run1", forest(), workspace, store, dataset_id)
    return open_dataset(dataset_id)


def entries(packed_):
    found = {}
    for path in packed_.parts:
        with zipfile.ZipFile(path) as archive:
            found |= {name: archive.read(name) for name in archive.namelist()}
    return found


def listed(found):
    return list(csv.DictReader(io.StringIO(found["clusters.csv"].decode())))


def test_thumbnails_in_a_folder_a_cluster(workspace, dataset):
    key = request(Asked("run1", Cut(1), "thumbnails"))
    assert result(key) is None
    run_job(str(workspace.root), f"export-{key}")
    found = entries(result(key))
    rows = listed(found)
    assert [row["id"] for row in rows] == sorted(NAMES)
    assert [int(row["cluster"]) for row in rows] == [0, 0, 0, 1, 1, 2, 2, 3]
    for i, row in enumerate(rows):
        path = f"{row['folder']}/{row['file']}"
        assert found.pop(path) == dataset.thumbs.get(i, "large")
        assert path.count("/") == 1
        assert path.endswith(".webp")
        assert not set(path) & set('<>:"\\|?*\u202e')
    assert set(found) == {"clusters.csv", "README.txt"}
    assert b"thumbnails of at most 160 pixels" in found["README.txt"]
    assert b"hilander cut clusters.csv --folders" in found["README.txt"]
    assert exports.waiting(key) is None


def test_originals_as_long_as_they_are_reachable(workspace, store, dataset, tmp_path):
    asked = Asked("run1", Cut(2), "originals")
    assert originals_paths(dataset, store) == (tmp_path / "tiles.zip",)
    key = request(asked)
    run_job(str(workspace.root), f"export-{key}")
    found = entries(result(key))
    row = listed(found)[3]
    assert found[f"{row['folder']}/{row['file']}"] == png((90, 90, 140))
    (tmp_path / "tiles.zip").unlink()
    assert originals_paths(dataset, store) == ()
    key = request(Asked("run1", Cut(1), "originals"))
    run_job(str(workspace.root), f"export-{key}")
    with pytest.raises(InputError, match="no longer on the server"):
        result(key)


def test_the_row_goes_in_one_step_so_that_a_kill_leaves_none_behind(workspace, dataset, monkeypatch):
    """Not first "done" and then gone."""

    def killed(*_, **__):
        raise SystemExit

    monkeypatch.setattr(Store, "end_job", killed)
    key = request(Asked("run1", Cut(1), "thumbnails"))
    run_job(str(workspace.root), f"export-{key}")
    assert exports.waiting(key) is None


def test_an_archive_that_changed_is_not_taken_for_the_originals(workspace, store, dataset, tmp_path):
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        archive.writestr("other.png", png((0, 0, 0)))
    key = request(Asked("run1", Cut(2), "originals"))
    run_job(str(workspace.root), f"export-{key}")
    with pytest.raises(InputError, match="no longer holds every image"):
        result(key)


def test_excluded_images_are_left_out_and_the_numbers_stay(workspace, dataset):
    selection.exclude("run1", np.array([0, 3]), who="me")
    table = exports.table(dataset, "run1", forest(), Cut(1))
    assert table["cluster"].tolist() == [0, 0, 1, 2, 2, 3]
    key = request(Asked("run1", Cut(1), "thumbnails"))
    run_job(str(workspace.root), f"export-{key}")
    found = entries(result(key))
    assert len(listed(found)) == 6
    assert b"2 excluded images are left out" in found["README.txt"]


def test_what_is_said_of_a_cluster_is_in_the_table(dataset, store):
    for kind, text in ((NAME, "=Cats"), (MARK, "accepted"), (NOTE, "two\nlines")):
        said.say(store, "run1", kind, said.item_of(np.array([0, 1, 2]), 1), text, seen=0, who="me")
    table = exports.table(dataset, "run1", forest(), Cut(1))
    assert list(table) == ["id", "cluster", "peak", "name", "mark", "note"]
    assert table["name"].tolist() == ["=Cats"] * 3 + [""] * 5
    assert table["mark"].tolist() == ["accepted"] * 3 + [""] * 5
    for fmt in ("csv", "json", "parquet"):
        assert len(table_bytes(table, fmt)) > 100
    other = exports.table(dataset, "run1", forest(), Cut(2))  # the same peak has other images there
    assert set(other["name"]) == {""}


def test_asking_again_finds_it_until_it_is_swept(workspace, store, dataset):
    asked = Asked("run1", Cut(1), "thumbnails")
    key = request(asked)
    run_job(str(workspace.root), f"export-{key}")
    assert request(asked) == key
    assert exports.waiting(key) is None  # nothing was queued
    assert request(Asked("run1", Cut(1, changes=((0, 0),)), "thumbnails")) != key
    sweep(workspace, store, older_than=-1)
    assert packed(key) is None
    with pytest.raises(InputError, match="Prepare it again"):
        result(key)


def test_cancelled_work_leaves_nothing_and_can_be_asked_for_again(workspace, dataset):
    key = request(Asked("run1", Cut(1), "thumbnails"))
    exports.cancel(key)
    with pytest.raises(InputError, match="Prepare it again"):
        result(key)
    assert request(Asked("run1", Cut(1), "thumbnails")) == key
    assert result(key) is None

    def stop(done, total):
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        pack(workspace, exports.waiting(key).settings, stop)
    assert list(workspace.exports_dir().iterdir()) == []


def test_a_run_that_is_gone(dataset):
    with pytest.raises(InputError, match="There is no run"):
        request(Asked("gone", Cut(1), "thumbnails"))


def test_the_report_holds_everything_and_no_text_becomes_html(dataset):
    hierarchy = open_run("run1").hierarchy
    gallery, codes = gallery_of(hierarchy.peak_of(2)), dataset.labels.codes
    item = said.item_of(np.array([0, 1, 2, 5, 6]), 1)
    for kind, text in ((NAME, f"Cats {HTML}"), (MARK, "rejected"), (NOTE, "a note")):
        said.say(open_store(), "run1", kind, item, text, seen=0, who="me")
    file = io.BytesIO()
    write_report(
        file,
        dataset,
        run_name=HTML,
        hierarchy=hierarchy,
        rows=level_table(hierarchy, codes),
        cut=Cut(2),
        gallery=gallery,
        audit=audit(codes, gallery),
        excluded=np.array([6]),
        said=said.of(open_store(), "run1"),
    )
    text = file.getvalue().decode()
    assert text.count("<article") == 3
    assert text.count("<script") == 1
    assert "<h3>Cats &lt;script&gt;" in text
    assert "<p>rejected</p>" in text.replace("<bdi>", "").replace("</bdi>", "")
    assert "a note" in text
    assert text.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 3
    assert "Level 2 of the run" in text
    assert "1 excluded image is left out" in text
    assert "weakest link 0.60" in text
    assert dataset.thumbs.data_url(1, "large") in text
    assert "שלום" in text
