"""Data sets in the workspace: open, delete; importing them is in imports.

    datasets/ID/  embeddings.npy float32 (n, d) unit rows, ids, names, labels, meta.json, thumbnails, checksums

A data set never changes once it is there, so everything derived from it can be cached under its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import read_json
from hilander.io.checksums import verify
from hilander.io.labels import AlignedLabels
from hilander.services.imports import ImportProgress, import_dataset
from hilander.services.server_paths import server_path
from hilander.services.staging import stage
from hilander.services.store import DatasetRow, open_store, required_dataset
from hilander.services.thumbs import PACKS, ThumbStore
from hilander.services.uploads import UploadReport, inspect_images, inspect_upload, preview
from hilander.services.workspace import Workspace, default_workspace

__all__ = [
    "Dataset",
    "ImportProgress",
    "UploadReport",
    "delete_dataset",
    "import_dataset",
    "inspect_images",
    "inspect_upload",
    "open_dataset",
    "preview",
    "server_path",
    "stage",
]

ADVICE = "Restore it from a backup (`hilander doctor` says how), or delete the data set and import it again."


@dataclass(frozen=True)
class Dataset:
    """An open data set. Rows are image numbers 0..n-1.

    x : float32 (n, d), unit rows, memory-mapped
    ids : str (n,), memory-mapped: the file's ids, else the image names, else row numbers
    names : str (n,) image names inside the upload, or None without images
    labels : codes int64 (n,), -1 = unknown, and class names; None without labels
    sources : where its images were when it was imported, one place or, of one that others were joined to, several;
        they may be gone
    """

    row: DatasetRow
    x: np.ndarray
    ids: np.ndarray
    names: np.ndarray | None
    labels: AlignedLabels | None
    thumbs: ThumbStore
    sources: tuple[Path, ...] = ()

    @property
    def n(self) -> int:
        return self.row.n


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
    said = meta.get("images") or []
    sources = tuple(map(Path, [said] if isinstance(said, str) else said))
    return Dataset(row, x, ids, names, labels, thumbs, sources)


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
