"""Data sets in the workspace: import, open, delete.

    datasets/ID/  embeddings.npy float32 (n, d) unit rows, ids, names, labels, meta.json, thumbnails, checksums

A data set never changes once it is there, so everything derived from it can be cached under its id.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path, read_json, remove, write_json
from hilander.io.checksums import verify, write_checksums
from hilander.io.images import ImageSource
from hilander.io.labels import AlignedLabels
from hilander.io.vectors import blocks, unit_vectors
from hilander.services.leftovers import announced
from hilander.services.server_paths import server_folder
from hilander.services.staging import stage
from hilander.services.store import DatasetRow, Store, new_id, now, open_store, required_dataset
from hilander.services.thumbs import PACKS, ThumbStore, write_thumbs
from hilander.services.uploads import (
    Upload,
    UploadReport,
    broken_images_message,
    inspect_upload,
    preview,
    read_upload,
)
from hilander.services.workspace import Workspace, default_workspace

__all__ = [
    "Dataset",
    "ImportProgress",
    "UploadReport",
    "delete_dataset",
    "import_dataset",
    "inspect_upload",
    "open_dataset",
    "preview",
    "server_folder",
    "stage",
]

FORMAT = 1
NAMED = 5
ADVICE = "Restore it from a backup, or delete the data set and import it again."


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is: stage "reading" | "embeddings" | "thumbnails", done of total, seconds so far."""

    stage: str
    done: int
    total: int
    seconds: float

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 0.0


ProgressCallback = Callable[[ImportProgress], None]


@dataclass(frozen=True)
class Dataset:
    """An open data set. Rows are image numbers 0..n-1.

    x : float32 (n, d), unit rows, memory-mapped
    ids : str (n,), memory-mapped: the file's ids, else the image names, else row numbers
    names : str (n,) image names inside the upload, or None without images
    labels : codes int64 (n,), -1 = unknown, and class names; None without labels
    """

    row: DatasetRow
    x: np.ndarray
    ids: np.ndarray
    names: np.ndarray | None
    labels: AlignedLabels | None
    thumbs: ThumbStore

    @property
    def n(self) -> int:
        return self.row.n


def import_dataset(
    workspace: Workspace,
    store: Store,
    report: UploadReport,
    name: str,
    *,
    keep_matching: bool = False,
    progress: ProgressCallback | None = None,
    dataset_id: str | None = None,
) -> str:
    """Make a data set of the files that `report` names; its id. They are read again: nothing else of it counts.

    With `keep_matching` rows without an image and images without a row are left out, and an image
    that cannot be read is shown as a placeholder; both are said in the data set's note. Without it
    either is an InputError. Nothing is left behind when it fails or `progress` raises Cancelled.
    """
    dataset_id = dataset_id or new_id()
    folder = workspace.dataset_dir(dataset_id)
    tell = _Teller(progress)

    def reading() -> None:
        tell("reading", 0, 0)

    reading()
    with closing(read_upload(report.embeddings, report.images, report.labels, reading)) as upload:
        _refuse(upload.blocking + ([] if keep_matching else upload.partial))
        with announced(store, folder):
            with atomic_path(folder) as temporary:
                temporary.mkdir()
                broken = _write(upload, temporary, tell)
                if broken and not keep_matching:
                    raise InputError(broken_images_message(broken))
                write_checksums(temporary)
            _file(store, folder, _row(upload, dataset_id, name.strip() or report.name, broken))
    return dataset_id


def _file(store: Store, folder: Path, row: DatasetRow) -> None:
    try:
        store.add_dataset(row)
    except BaseException:
        remove(folder)
        raise


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InputError(" ".join(problems))


class _Teller:
    """Turns what an import is doing into progress records."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._callback = callback
        self._began = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._callback is not None:
            self._callback(ImportProgress(stage, done, total, time.monotonic() - self._began))


def _write(upload: Upload, folder: Path, tell: _Teller) -> list[str]:
    """Write the files of a data set; names of the images that could not be read."""
    assert upload.embeddings is not None
    rows, match = upload.rows, upload.match
    _write_vectors(upload.embeddings.x, rows, folder / "embeddings.npy", tell)
    np.save(folder / "ids.npy", upload.ids)
    meta: dict[str, Any] = {"format": FORMAT, "class_names": None, "label_note": None}
    if upload.labels is not None:
        np.save(folder / "labels.npy", upload.labels.codes)
        meta |= {"class_names": upload.labels.class_names, "label_note": upload.labels.note}
    names: list[str] = match.names if match is not None else []
    if match is not None:
        np.save(folder / "names.npy", np.array(names, dtype=str))
    unreadable: list[int] = []
    images = _images(upload.images, names, unreadable)
    broken = write_thumbs(folder, len(rows), images, lambda done: tell("thumbnails", done, len(names)))
    write_json(meta, folder / "meta.json")
    return [names[i] for i in sorted({*broken, *unreadable})]


def _write_vectors(x: np.ndarray, rows: np.ndarray, path: Path, tell: _Teller) -> None:
    shape = (len(rows), x.shape[1])
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    with path.open(
        "r+b"
    ) as file:  # a full disk is an error here; while the map is written it would end the process
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    for start, stop in blocks(*shape):
        tell("embeddings", start, len(rows))
        out[start:stop] = unit_vectors(np.asarray(x[rows[start:stop]]))
    out.flush()


def _images(source: ImageSource | None, names: list[str], unreadable: list[int]) -> Iterator[bytes | None]:
    """The encoded images in row order; None, and its row noted, where one cannot be unpacked."""
    for row, name in enumerate(names):
        try:
            yield source.open_bytes(name) if source is not None else None
        except InputError:
            unreadable.append(row)
            yield None


def _row(upload: Upload, dataset_id: str, name: str, broken: list[str]) -> DatasetRow:
    assert upload.embeddings is not None
    notes = [*upload.notes, *(text.split(". ")[0] + "; they were left out." for text in upload.partial)]
    if broken:
        shown = ", ".join(broken[:NAMED]) + (", ..." if len(broken) > NAMED else "")
        notes.append(f"{len(broken):,} images could not be read and are shown as placeholders: {shown}.")
    return DatasetRow(
        id=dataset_id,
        name=name,
        n=len(upload.rows),
        dim=upload.embeddings.dim,
        has_images=upload.match is not None,
        has_labels=upload.labels is not None,
        created=now(),
        note=" ".join(notes),
        state="ready",
    )


def open_dataset(dataset_id: str, workspace: Workspace | None = None) -> Dataset:
    """Open by id; arrays are memory-mapped. InputError when there is none, or it is damaged (io.checksums)."""
    workspace = workspace or default_workspace()
    row = required_dataset(open_store(workspace), dataset_id)
    folder = workspace.dataset_dir(dataset_id)
    verify(folder, ADVICE, later=PACKS)
    try:
        meta = read_json(folder / "meta.json")
        labels = _labels(folder, meta) if row.has_labels else None
        names = _array(folder / "names.npy") if row.has_images else None
        x, ids = _array(folder / "embeddings.npy"), _array(folder / "ids.npy")
        thumbs = ThumbStore(folder, row.n)
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise InputError(f"The data set {row.name!r} is damaged: {error} {ADVICE}") from error
    if x.shape != (row.n, row.dim) or len(ids) != row.n:
        raise InputError(f"The data set {row.name!r} is damaged: {x.shape} values. {ADVICE}")
    return Dataset(row, x, ids, names, labels, thumbs)


def _array(path: Path) -> np.ndarray:
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _labels(folder: Path, meta: dict[str, Any]) -> AlignedLabels:
    codes = np.load(folder / "labels.npy", allow_pickle=False)
    return AlignedLabels(codes, meta["class_names"], meta["label_note"])


def delete_dataset(dataset_id: str, workspace: Workspace | None = None) -> None:
    """Put a data set with its runs and jobs into the trash (trash.py); what runs on it stops at its next record."""
    store = open_store(workspace or default_workspace())
    required_dataset(store, dataset_id)
    store.trash_dataset(dataset_id)
