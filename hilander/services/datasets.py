"""Data sets in the workspace: import, open, delete.

    datasets/ID/  embeddings.npy float32 (n, d) unit rows; ids.npy; names.npy; labels.npy; meta.json; thumbnails

A data set never changes once it is there, so everything derived from it can be cached under its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hilander.io.labels import AlignedLabels
from hilander.services.store import DatasetRow, Store
from hilander.services.thumbs import ThumbStore
from hilander.services.uploads import UploadReport, inspect_upload, preview, server_folder, stage
from hilander.services.workspace import Workspace

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


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is: stage "embeddings" | "thumbnails" | "saving", done of total, seconds so far."""

    stage: str
    done: int
    total: int
    seconds: float

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 0.0


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
    progress: Callable[[ImportProgress], None] | None = None,
    dataset_id: str | None = None,
) -> str:
    """Make a data set of the files that `report` names; its id.

    With `keep_matching` rows without an image and images without a row are left out, and an image
    that cannot be read is shown as a placeholder; both are said in the data set's note. Without it
    either is an InputError. Nothing is left behind when it fails or `progress` raises Cancelled.
    """
    raise NotImplementedError


def open_dataset(dataset_id: str, workspace: Workspace | None = None) -> Dataset:
    """Open by id; arrays are memory-mapped. InputError when there is none."""
    raise NotImplementedError


def delete_dataset(dataset_id: str, workspace: Workspace | None = None) -> None:
    """Remove a data set with its runs and jobs; running jobs on it are cancelled first."""
    raise NotImplementedError
