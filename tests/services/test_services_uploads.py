"""What an upload report says, before anything is imported."""

from __future__ import annotations

import base64
import io
import tarfile

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from hilander.services import uploads
from hilander.services.staging import stage
from hilander.services.uploads import inspect_upload, preview
from tests import bad_files
from tests.services.small_uploads import COLORS, Files, png, write_upload

TILES = {f"{name}.png": png(color) for name, color in COLORS.items()}


def inspect(files: Files) -> uploads.UploadReport:
    return inspect_upload(files.embeddings, files.images, files.labels)


def test_a_report_counts_what_is_there(upload):
    report = inspect(upload)
    assert (report.rows, report.dim, report.image_count, report.matched) == (3, 3, 3, 3)
    assert (report.label_count, report.classes, report.duplicate_rows) == (3, 2, 0)
    assert report.first_images == ("a.png", "b.png", "c.png")
    assert (report.problems, report.can_import, report.can_keep_matching) == ((), True, False)
    assert "by file name order" in report.notes[0]
    assert report.name == "pets"


def test_by_id_it_names_what_did_not_match(tmp_path):
    files = write_upload(tmp_path / "in", TILES, ids=["c", "x", "a"])
    report = inspect(files)
    assert (report.matched, report.rows_without_image, report.images_without_row) == (2, ("x",), ("b.png",))
    assert (report.can_import, report.can_keep_matching) == (False, True)
    assert "3 rows; 1 have none: x" in report.problems[0]
    assert "3 images; 1 have none: b.png" in report.problems[1]


def test_other_counts_cannot_be_matched_by_order(tmp_path):
    report = inspect(write_upload(tmp_path / "in", TILES, rows=4))
    assert (report.matched, report.can_import, report.can_keep_matching) == (0, False, False)
    assert "4 rows but there are 3 images" in report.problems[0]
    assert "id column" in report.problems[0]


def test_a_text_file_called_jpg_is_named_before_the_import_and_does_not_stop_it(tmp_path):
    report = inspect(write_upload(tmp_path / "in", TILES | {"b.png": b"hello"}))
    assert (report.can_import, report.matched, report.problems) == (True, 3, ())
    assert report.broken_images == ("b.png",)
    assert "1 image cannot be read and is shown as a placeholder: b.png." in report.notes


def test_rows_are_matched_by_id_or_by_order_as_asked(tmp_path):
    files = write_upload(tmp_path / "in", TILES, ids=["c", "x", "a"])
    by_id, by_order = (inspect_upload(files.embeddings, files.images, None, by) for by in (None, "order"))
    assert (by_id.has_ids, by_id.matched, by_order.matched) == (True, 2, 3)
    assert (by_order.can_import, by_order.match) == (True, "order")
    assert "by file name order: row 0 is a.png" in by_order.notes[0]


def test_rows_without_ids_cannot_be_matched_by_id(upload):
    report = inspect_upload(upload.embeddings, upload.images, None, "id")
    assert (report.has_ids, report.matched, report.can_import) == (False, 0, False)
    assert "names no ids. Match by file name order" in report.problems[0]


def test_it_opens_images_for_a_moment_only(upload, monkeypatch):
    monkeypatch.setattr(uploads, "CHECK_SECONDS", -1.0)
    report = inspect(upload)
    assert report.can_import
    assert report.notes[-1] == "The first 1 images were opened; the import opens the rest."


def test_repeated_rows_are_counted_and_kept(tmp_path, upload):
    np.save(tmp_path / "same.npy", np.array([[1.0, 2], [1, 2], [3, 4], [1, 2]]))
    report = inspect_upload(tmp_path / "same.npy")
    assert (report.duplicate_rows, report.matched, report.can_import) == (2, 4, True)
    assert "2 rows repeat" in report.notes[0]


def bad_rows(folder):
    np.save(folder / "bad.npy", np.array([[1.0, 2], [np.nan, 2], [0, 0]]))
    return inspect_upload(folder / "bad.npy")


def no_images(folder):
    np.save(folder / "x.npy", np.eye(2))
    (folder / "cut.zip").write_bytes(b"PK\3\4 and no more")
    return inspect_upload(folder / "x.npy", folder / "cut.zip")


def strange_labels(folder):
    np.save(folder / "x.npy", np.eye(2))
    (folder / "y.csv").write_text("name,kind\n0,a\n")
    return inspect_upload(folder / "x.npy", None, folder / "y.csv")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bad_rows, "bad.npy has 1 row with NaN"),
        (no_images, "cut.zip must be a complete zip"),
        (strange_labels, "must have the columns id and label"),
        (lambda folder: inspect_upload(folder / "no.npy"), "there is no such file"),
    ],
)
def test_what_cannot_be_mended_by_leaving_out_blocks(tmp_path, make, said):
    report = make(tmp_path)
    assert said in report.problems[0]
    assert (report.can_import, report.can_keep_matching) == (False, False)


def test_labels_by_row_number_fit_rows_that_are_called_by_their_images(upload):
    upload.labels.write_text("id,label\n0,x\n1,y\n2,x\n")
    report = inspect(upload)
    assert (report.label_count, report.classes, report.problems) == (3, 2, ())


def test_the_preview_shows_the_first_images_and_a_placeholder(tmp_path):
    files = write_upload(tmp_path / "in", TILES | {"b.png": b"hello"})
    shown = preview(inspect(files))
    assert [name for name, _ in shown] == ["a.png", "b.png", "c.png"]
    assert pixel(shown[0][1]) == pytest.approx(COLORS["a"], abs=12)
    assert len(set(pixel(shown[1][1]))) == 1  # grey


def pixel(data_url: str) -> tuple[int, ...]:
    assert data_url.startswith("data:image/webp;base64,")
    data = base64.b64decode(data_url.partition(",")[2])
    return Image.open(io.BytesIO(data)).convert("RGB").getpixel((8, 4))


def test_the_same_upload_is_staged_once(workspace):
    first = stage(workspace, "pets.npy", b"123")
    again = stage(workspace, "pets.npy", io.BytesIO(b"123"))
    assert first == again
    assert first.read_bytes() == b"123"
    assert stage(workspace, "pets.npy", b"124") != first
    assert (
        sorted(path.name for path in workspace.staging_dir().rglob("*") if path.is_file()) == ["pets.npy"] * 2
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\pets.npy", "pets.npy"),
        ("a\nb.zip", "a_b.zip"),
        ("..", "upload"),
        ("grüße.csv", "grüße.csv"),
        ("x" * 300 + ".npy", "x" * 100 + ".npy"),
    ],
)
def test_client_file_names_cannot_lead_anywhere(workspace, name, kept):
    staged = stage(workspace, name, b"x")
    assert staged.name == kept
    assert staged.parent.parent == workspace.staging_dir()


@pytest.mark.parametrize("kind", ["tar.gz", "parquet", "csv", "one parquet"])
def test_images_may_come_out_of_any_source(tmp_path, kind):
    """Three images; in the last case one Parquet file holds embeddings and images."""
    picture, names = bad_files.picture(), ["a.png", "b.png", "c.png"]
    x, images = tmp_path / "x.npy", tmp_path / f"images.{kind.split()[-1]}"
    np.save(x, bad_files.GOOD[:3])
    if kind == "tar.gz":
        with tarfile.open(images, "w:gz") as out:
            for name in names:
                (info := tarfile.TarInfo(name)).size = len(picture)
                out.addfile(info, io.BytesIO(picture))
    elif kind == "csv":
        images.write_text("path\n" + "\n".join(names))
        for name in names:
            (tmp_path / name).write_bytes(picture)
    else:
        columns = {"id": names, "image": [picture] * 3, "embedding": list(bad_files.GOOD[:3])}
        parquet.write_table(pa.table(columns), images)
    report = inspect_upload(images if kind == "one parquet" else x, images)
    assert (report.can_import, report.matched, report.problems) == (True, 3, ())
    assert [name for name, _ in preview(report)] == names
