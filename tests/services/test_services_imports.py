"""An import goes on after a kill without doing anything twice, and knows content that was imported before."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilander.errors import Cancelled, InputError, Interrupted
from hilander.services import imports, reporter, thumb_making, worker
from hilander.services.datasets import delete_dataset, open_dataset
from hilander.services.import_order import ImportOrder
from hilander.services.imports import SAME, ImportProgress, run_import
from hilander.services.originals import originals_paths
from tests.services.small_uploads import png, write_upload

SHADES = {f"{i}.png": png((40 * i, 9, 200 - 40 * i)) for i in range(5)}


@pytest.fixture
def order(tmp_path) -> ImportOrder:
    """Five images, whose thumbnails are made one by one."""
    files = write_upload(tmp_path / "in", SHADES, rows=5)
    return ImportOrder(files.embeddings, files.images, files.labels, "Pets")


@pytest.fixture
def decoded(monkeypatch) -> list[int]:
    """A number for each image that is decoded; every one is a step that is kept."""
    monkeypatch.setattr(thumb_making, "BATCH", 1)
    monkeypatch.setattr(imports, "STEP_SECONDS", 0.0)
    counted: list[int] = []
    real = thumb_making.thumbnails
    monkeypatch.setattr(
        thumb_making, "thumbnails", lambda image, sizes: (counted.append(1), real(image, sizes))[1]
    )
    return counted


def stop_at(stage: str, done: int = 0, error: type[BaseException] = KeyboardInterrupt):
    def stop(progress: ImportProgress) -> None:
        if (progress.stage, progress.done) == (stage, done):
            raise error

    return stop


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def visible(workspace) -> list[str]:
    return [path.name for path in workspace.datasets_dir().iterdir() if not path.name.startswith(".")]


@pytest.mark.parametrize("stage", [("reading", 0), ("embeddings", 0), ("thumbnails", 1), ("thumbnails", 5)])
def test_an_interrupted_import_ends_as_one_that_was_not(workspace, store, order, decoded, stage):
    with pytest.raises(KeyboardInterrupt):
        run_import(workspace, store, order, stop_at(*stage))
    assert (store.datasets(), visible(workspace)) == ([], [])
    gone_on = run_import(workspace, store, order)
    whole = run_import(workspace, store, replace(order, again=True))
    folders = [workspace.dataset_dir(imported.dataset_id) for imported in (gone_on, whole)]
    assert content(folders[0]) == content(folders[1])
    rows = [store.dataset(imported.dataset_id) for imported in (gone_on, whole)]
    assert replace(rows[0], id="", created=None) == replace(rows[1], id="", created=None)
    assert sorted(visible(workspace)) == sorted(path.name for path in workspace.datasets_dir().iterdir())


def test_no_image_is_decoded_twice_that_was_kept(workspace, store, order, decoded, monkeypatch):
    monkeypatch.setattr(thumb_making, "AHEAD", 1)
    read: list[Path] = []
    real = imports.read_upload
    monkeypatch.setattr(imports, "read_upload", lambda *a: (read.append(a[0]), real(*a))[1])
    for done in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            run_import(workspace, store, order, stop_at("thumbnails", done))
    pets = open_dataset(run_import(workspace, store, order).dataset_id, workspace)
    assert (len(decoded), len(read)) == (5, 1)
    assert all(pets.thumbs.has(row) for row in range(5))


def test_one_that_was_killed_before_its_row_was_there_only_needs_the_row(
    workspace, store, order, decoded, monkeypatch
):
    def die(row: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(imports, "remove", die)  # a kill tidies nothing
        dying.setattr(store, "add_dataset", die)
        with pytest.raises(KeyboardInterrupt):
            run_import(workspace, store, order)
    imported = run_import(workspace, store, order)
    assert len(decoded) == 5
    assert [row.id for row in store.datasets()] == [imported.dataset_id]
    assert visible(workspace) == [imported.dataset_id]


def test_one_that_was_killed_before_it_had_tidied_is_done(workspace, store, order, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(imports.Work, "discard", lambda work: None)
        first = run_import(workspace, store, order)
    assert run_import(workspace, store, order) == first
    assert [path.name for path in workspace.datasets_dir().iterdir()] == [first.dataset_id]


@pytest.mark.parametrize("error", [Cancelled, OSError])
def test_what_was_cancelled_or_failed_leaves_nothing(workspace, store, order, decoded, error):
    with pytest.raises(error):
        run_import(workspace, store, order, stop_at("thumbnails", 2, error))
    assert list(workspace.datasets_dir().iterdir()) == []


def test_other_files_are_another_import(workspace, store, order, decoded):
    with pytest.raises(KeyboardInterrupt):
        run_import(workspace, store, order, stop_at("thumbnails", 2))
    np.savez(order.embeddings, x=np.eye(5))
    pets = open_dataset(run_import(workspace, store, order).dataset_id, workspace)
    assert pets.x.tolist() == np.eye(5).tolist()


def test_a_folder_that_lost_an_image_meanwhile_is_read_anew(workspace, store, order, decoded, tmp_path):
    images = tmp_path / "images"
    for part in ("one", "two"):
        (images / part).mkdir(parents=True)
    for name, data in SHADES.items():
        (images / ("one" if name < "3" else "two") / name).write_bytes(data)
    order = replace(order, images=images, labels=None)
    with pytest.raises(KeyboardInterrupt):
        run_import(workspace, store, order, stop_at("thumbnails", 2))
    (images / "two" / "4.png").unlink()
    with pytest.raises(InputError, match="5 rows but there are 4 images"):
        run_import(workspace, store, order)


def test_two_imports_of_the_same_files_do_not_meet(workspace, store, order):
    with workspace.lock(f"import-{order.key()}"), pytest.raises(Cancelled):
        run_import(workspace, store, order, stop_at("waiting", error=Cancelled))
    assert run_import(workspace, store, order).is_new


def rezipped(order: ImportOrder, folder: Path, **changed: bytes) -> ImportOrder:
    """The same content from files of other names, dates and compression."""
    x, images = folder / "copy.npy", folder / "copy.zip"
    np.save(x, 2 * np.load(order.embeddings)["x"])
    with zipfile.ZipFile(images, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (SHADES | {f"{name[1:]}.png": data for name, data in changed.items()}).items():
            archive.writestr(name, data)
    return replace(order, embeddings=x, images=images, name="Copy")


def test_the_same_content_is_recognised(workspace, store, order, decoded, tmp_path):
    first = run_import(workspace, store, order)
    again = rezipped(order, tmp_path)
    assert run_import(workspace, store, again) == imports.Imported(first.dataset_id, is_new=False)
    assert len(decoded) == 5  # the second time no image was
    assert len(list(workspace.datasets_dir().iterdir())) == 1
    assert run_import(workspace, store, replace(again, again=True)).is_new
    for row in store.datasets():
        delete_dataset(row.id, workspace)
    assert run_import(workspace, store, again).is_new


def test_another_picture_or_other_labels_are_other_content(workspace, store, order, tmp_path):
    run_import(workspace, store, order)
    assert run_import(workspace, store, rezipped(order, tmp_path, _3=png((1, 2, 3)))).is_new
    assert run_import(workspace, store, replace(order, labels=None)).is_new
    assert run_import(workspace, store, replace(order, images=None, labels=None)).is_new
    assert not run_import(workspace, store, replace(order, images=None, labels=None)).is_new


def test_a_job_that_finds_the_same_content_says_which_data_set_it_is(workspace, store, order):
    first = run_import(workspace, store, order)
    job_id = store.add_job("import", order.to_dict(), name="Pets")
    worker.run_job(str(workspace.root), job_id)
    job = store.job(job_id)
    assert (job.state, job.dataset_id, job.progress["stage"]) == ("done", first.dataset_id, SAME)


def test_a_job_of_a_host_that_leaves_keeps_what_it_did(workspace, store, order, decoded, monkeypatch):
    job_id = store.add_job("import", order.to_dict(), name="Pets")
    store.claim_job(job_id, "host")
    monkeypatch.setattr(
        imports.Work, "keep_images", lambda work, done: (KEEP(work, done), store.release_host("host"))
    )
    monkeypatch.setattr(reporter, "REPORT_EVERY", 0.0)
    worker.run_job(str(workspace.root), job_id)
    assert store.job(job_id).state == "interrupted"
    kept = len(decoded)
    monkeypatch.setattr(imports.Work, "keep_images", KEEP)
    run_import(workspace, store, order)
    assert kept > 0
    assert len(decoded) < 2 * 5
    with pytest.raises(Interrupted):
        reporter.Reporter(store, job_id).tell({})


KEEP = imports.Work.keep_images


def test_an_order_comes_back_from_a_job_as_it_was(order):
    chosen = replace(order, keep_matching=True, match="order", again=True, labels=None)
    assert ImportOrder.from_dict(chosen.to_dict()) == chosen
    older = {"embeddings": "x.npy", "images": None, "labels": None, "name": "Pets", "keep_matching": False}
    assert ImportOrder.from_dict(older) == ImportOrder(Path("x.npy"), name="Pets")


def test_a_data_set_knows_where_its_images_were(workspace, store, order):
    pets = open_dataset(run_import(workspace, store, order).dataset_id, workspace)
    assert originals_paths(pets, store) == (order.images,)
    order.images.unlink()
    assert originals_paths(pets, store) == ()
