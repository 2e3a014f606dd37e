"""UMAP of some rows of a data set: asked for by pages, computed in the job process, cached on disk.

    key = request(dataset_id, rows, peak);  result(key) -> Projection | None (not ready: ask again)

umap and numba are imported in the job process only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hilander.services.workspace import Workspace

FEW, MANY, NEIGHBORS = 5, 2_000, 15


@dataclass(frozen=True)
class Projection:
    """Where each row lies on the plane.

    rows : int64 (m,) row numbers, ascending; a sample with the peak kept when more than 2,000 were asked for
    xy : float32 (m, 2)
    method : "umap", or "pca" for fewer than 5 rows
    note : what a reader must know ("2,000 of 5,421 images, chosen at random"), or ""
    """

    rows: np.ndarray
    xy: np.ndarray
    method: str
    note: str


def request(
    dataset_id: str, rows: np.ndarray, peak: int | None = None, *, workspace: Workspace | None = None
) -> str:
    """Ask for the UMAP of these rows and return its key at once. Asking again costs a file check."""
    raise NotImplementedError


def result(key: str, *, workspace: Workspace | None = None) -> Projection | None:
    """The projection, or None while it is computed. InputError says why it failed."""
    raise NotImplementedError
