"""A list of images that was uploaded opens no file of the server; one that lies there opens its data folders."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.embed.order import Embedder
from hilander.errors import InputError
from hilander.services.access import SERVER, Action
from hilander.services.datasets import UploadReport, open_dataset
from hilander.services.door import uploads
from hilander.services.door.visit import Visit
from hilander.services.import_order import ImportOrder
from hilander.services.imports import run_import
from hilander.services.originals import open_originals
from hilander.services.people import LOCAL, Person
from hilander.services.server_paths import ROOTS_VARIABLE
from tests.services.small_uploads import COLORS, png

MEMBER = Person("ann", "Ann", "ann@example.org")
REFUSED = "may list files in its own folder only"


@pytest.fixture
def server(tmp_path, monkeypatch) -> Path:
    """The server's data folder, with three images and, as may be, the workspace in it."""
    monkeypatch.setenv(ROOTS_VARIABLE, str(tmp_path))
    for name, color in COLORS.items():
        (tmp_path / f"{name}.png").write_bytes(png(color))
    return tmp_path


def listed(server: Path, suffix: str) -> bytes:
    """A list of the server's images, a Parquet file or lines of text."""
    paths = [str(server / f"{name}.png") for name in COLORS]
    if suffix == ".parquet":
        file = io.BytesIO()
        parquet.write_table(pa.table({"path": paths}), file)
        return file.getvalue()
    return "\n".join(["path", *paths]).encode()


def embeddings() -> bytes:
    file = io.BytesIO()
    np.save(file, np.eye(3))
    return file.getvalue()


@pytest.mark.parametrize("suffix", [".parquet", ".txt", ".csv"])
def test_what_was_uploaded_names_no_files_of_the_server(workspace_with_file, server, suffix):
    visit = Visit(MEMBER, workspace_with_file)
    assert not visit.may(Action.SERVER_PATHS, SERVER)
    images = uploads.stage(visit, f"images{suffix}", listed(server, suffix))
    x = uploads.stage(visit, "x.npy", embeddings())
    for report in (
        uploads.inspect_upload(visit, x, images),
        uploads.inspect_images(visit, images, None, Embedder()),
    ):
        assert (report.can_import, report.can_keep_matching) == (False, False)
        assert REFUSED in report.problems[0]
        with pytest.raises(InputError, match=REFUSED):
            uploads.preview(visit, replace(report, first_images=("a.png",)))


def test_nor_does_an_import_of_it_that_was_queued_before_or_its_originals(workspace, store, server):
    visit = Visit(MEMBER, workspace)
    images = uploads.stage(visit, "images.parquet", listed(server, ".parquet"))
    order = ImportOrder(uploads.stage(visit, "x.npy", embeddings()), images, owner=MEMBER.id)
    with pytest.raises(InputError, match=REFUSED):
        run_import(workspace, store, order)
    with pytest.raises(InputError, match=REFUSED):
        run_import(workspace, store, ImportOrder(None, images, model="default", owner=MEMBER.id))
    here = server / "images.parquet"
    here.write_bytes(images.read_bytes())
    dataset = open_dataset(run_import(workspace, store, replace(order, images=here)).dataset_id, workspace)
    with pytest.raises(InputError, match=REFUSED):
        open_originals(replace(dataset, sources=(images,)), store)
    with closing(open_originals(dataset, store)) as originals:
        assert originals.open_bytes(dataset.names[0]) == png(COLORS["a"])


def test_a_list_on_the_server_names_what_lies_in_its_folders(workspace_with_file, server):
    (server / "lists").mkdir()
    there = server / "lists" / "images.txt"
    there.write_bytes(listed(server, ".txt"))
    visit = Visit(LOCAL, workspace_with_file)
    report: UploadReport = uploads.inspect_upload(
        visit, uploads.stage(visit, "x.npy", embeddings()), uploads.server_path(visit, str(there))
    )
    assert (report.can_import, len(uploads.preview(visit, report))) == (True, 3)
