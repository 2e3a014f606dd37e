"""An import is whole or absent, keeps what it was told to keep, and opens as it was."""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import groupby

import numpy as np
import pytest
from PIL import Image

from hilander.errors import Cancelled, InputError
from hilander.services import datasets, trash
from hilander.services.datasets import delete_dataset, import_dataset, inspect_upload, open_dataset
from hilander.services.leftovers import sweep
from tests.services.small_uploads import COLORS, Files, add_points, png, write_upload

TILES = {f"{name}.png": png(color) for name, color in COLORS.items()}


@pytest.fixture
def bring(workspace, store):
    """Import files; the open data set."""

    def run(files: Files, **options) -> datasets.Dataset:
        report = inspect_upload(files.embeddings, files.images, files.labels)
        return open_dataset(import_dataset(workspace, store, report, "Pets", **options), workspace)

    return run


def colour(webp: bytes) -> tuple[int, ...]:
    return Image.open(io.BytesIO(webp)).convert("RGB").getpixel((10, 5))


def test_an_import_opens_as_it_was(bring, upload):
    pets = bring(upload)
    assert (pets.row.name, pets.n, pets.row.dim, pets.row.state) == ("Pets", 3, 3, "ready")
    assert pets.ids.tolist() == pets.names.tolist() == ["a.png", "b.png", "c.png"]
    assert pets.x == pytest.approx(np.array([(1, 1, 0), (2, 1, 0), (3, 1, 0)]) / np.sqrt([[2], [5], [10]]))
    assert isinstance(pets.x, np.memmap)
    assert (pets.labels.codes.tolist(), pets.labels.class_names) == ([0, 1, 0], ["0", "1"])
    assert [colour(pets.thumbs.get(row)) for row in range(3)] == [
        pytest.approx(rgb, abs=12) for rgb in COLORS.values()
    ]


def test_thumbnails_come_in_two_sizes(bring, tmp_path):
    files = write_upload(tmp_path / "in", TILES | {"a.png": png((9, 9, 9), (400, 200))})
    thumbs = bring(files).thumbs
    sizes = [Image.open(io.BytesIO(thumbs.get(0, size))).size for size in ("small", "large")]
    assert sizes == [(56, 28), (160, 80)]
    assert thumbs.data_url(0).startswith("data:image/webp;base64,")
    with pytest.raises(IndexError):
        thumbs.get(3)


def test_by_id_only_what_matches_is_kept_when_told(bring, tmp_path):
    files = write_upload(tmp_path / "in", TILES, ids=["c", "x", "a"])
    with pytest.raises(InputError, match="have none: x"):
        bring(files)
    pets = bring(files, keep_matching=True)
    assert (pets.ids.tolist(), pets.names.tolist()) == (["c", "a"], ["c.png", "a.png"])
    assert pets.labels.codes.tolist() == [0, 0]  # a is 0, b is 1, c is 0
    assert colour(pets.thumbs.get(0)) == pytest.approx(COLORS["c"], abs=12)
    assert "1 have none: x; they were left out" in pets.row.note


def test_a_broken_image_is_shown_as_a_placeholder_and_told(bring, tmp_path):
    pets = bring(write_upload(tmp_path / "in", TILES | {"b.png": b"hello"}))
    assert [pets.thumbs.has(row) for row in range(3)] == [True, False, True]
    assert len(set(colour(pets.thumbs.get(1)))) == 1  # grey
    assert "1 image cannot be read and is shown as a placeholder: b.png." in pets.row.note


def test_without_images_there_are_row_numbers_and_placeholders(workspace):
    points = open_dataset(add_points(workspace, np.eye(3, dtype=np.float16)), workspace)
    assert (points.ids.tolist(), points.names, points.labels) == (["0", "1", "2"], None, None)
    assert (points.row.has_images, points.thumbs.has(2)) == (False, False)
    assert points.thumbs.get(2) == points.thumbs.get(0)
    assert points.x.dtype == np.float32


def nothing_is_left(workspace, store) -> bool:
    return store.datasets() == [] and list(workspace.dataset_dir("x").parent.iterdir()) == []


@pytest.mark.parametrize("error", [Cancelled, RuntimeError])
@pytest.mark.parametrize("stage", ["reading", "embeddings", "thumbnails"])
def test_an_import_that_stops_leaves_nothing(bring, upload, store, stage, error):
    def stop(progress: datasets.ImportProgress) -> None:
        if progress.stage == stage:
            raise error

    with pytest.raises(error):
        bring(upload, progress=stop)
    assert nothing_is_left(store.workspace, store)


def test_an_import_whose_row_cannot_be_written_leaves_nothing(bring, upload, workspace, store, monkeypatch):
    monkeypatch.setattr(store, "add_dataset", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring(upload)
    assert nothing_is_left(workspace, store)


KILLED = """
import os, signal, sys
from pathlib import Path
from hilander.services import thumb_making
from hilander.services.datasets import import_dataset, inspect_upload
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace

def die(progress):
    if progress.stage == "thumbnails" and progress.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

thumb_making.BATCH = 1
report = inspect_upload(*map(Path, sys.argv[1:]))
import_dataset(default_workspace(), open_store(), report, "Pets", dataset_id="pets", progress=die)
"""


def test_a_killed_import_shows_nothing_and_is_swept_away(upload, workspace, store):
    paths = map(str, (upload.embeddings, upload.images, upload.labels))
    done = subprocess.run([sys.executable, "-c", KILLED, *paths], timeout=60, check=False)
    assert done.returncode == -9
    assert store.datasets() == []
    assert not workspace.dataset_dir("pets").exists()
    left = list(workspace.dataset_dir("pets").parent.iterdir())
    sweep(workspace, store)
    assert len(left) == 1
    assert left[0].exists()  # it could be an import that still runs
    sweep(workspace, store, older_than=-1)
    assert nothing_is_left(workspace, store)


def test_progress_goes_from_start_to_end(bring, upload, monkeypatch):
    monkeypatch.setattr("hilander.services.thumb_making.BATCH", 1)
    told: list[datasets.ImportProgress] = []
    bring(upload, progress=told.append)
    assert [key for key, _ in groupby((p.stage, p.done, p.total) for p in told)] == [
        ("reading", 0, 0),
        ("embeddings", 0, 3),
        ("thumbnails", 1, 3),
        ("thumbnails", 2, 3),
        ("thumbnails", 3, 3),
    ]
    assert told[-1].fraction == 1


def test_reading_can_be_stopped_between_its_steps_and_its_blocks(
    bring, upload, workspace, store, monkeypatch
):
    monkeypatch.setattr("hilander.services.upload_files.blocks", lambda n, d: [(i, i + 1) for i in range(n)])
    told: list[datasets.ImportProgress] = []
    bring(upload, progress=told.append)
    points = [p.stage for p in told].count("reading")
    assert points == 1 + 3 + 4  # the start, a row a block, four steps
    done = store.datasets()[0].id
    delete_dataset(done, workspace)
    trash.purge("dataset", done, workspace)
    for number in range(points):
        left = number

        def stop(progress: datasets.ImportProgress) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Cancelled

        with pytest.raises(Cancelled):
            bring(upload, progress=stop)
        assert left == -1
        assert nothing_is_left(workspace, store)


def test_a_data_set_can_be_deleted_once(bring, upload, workspace, store):
    pets = bring(upload).row.id
    delete_dataset(pets, workspace)
    with pytest.raises(InputError, match="no data set"):
        delete_dataset(pets, workspace)


@pytest.mark.parametrize("name", ["embeddings.npy", "ids.npy", "thumbs-small.bin", "meta.json"])
def test_a_damaged_data_set_says_so(bring, upload, workspace, name):
    pets = bring(upload).row.id
    path = workspace.dataset_dir(pets) / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"damaged|cut short"):
        open_dataset(pets, workspace)


@pytest.mark.parametrize("dataset_id", ["none", "../x", ""])
def test_there_is_no_other_data_set(workspace, dataset_id):
    with pytest.raises(InputError):
        open_dataset(dataset_id, workspace)
