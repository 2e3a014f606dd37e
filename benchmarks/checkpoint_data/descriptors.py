"""Grey images into vectors without learning: histograms of oriented gradients, and principal components.

Source: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005.
Knows nothing about labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL, BINS = 8, 9  # pixels on a cell's side; orientations of half a turn
BATCH = 512  # images at once
SOFT = 0.1  # added to a block's norm, so that an empty block stays empty


def hog(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Orientation histograms of cells, in overlapping blocks of 2 x 2 cells, each block divided by its norm.

    Gradients are central differences, 0 at the border, and are shared out between the two nearest bins;
    bin b stands for the angle pi * b / BINS, a sign apart. A cell's histogram is the mean over its pixels.

    Parameters
    ----------
    images : float32 (n, h, w), sides of at least two cells; pixels past the last whole cell are left out

    Returns
    -------
    float32 (n, 4 * BINS * (h // CELL - 1) * (w // CELL - 1)); channel first, then block row and column
    """
    if len(images) == 0 or min(images.shape[1:]) < 2 * CELL:
        raise ValueError(
            f"images must be one or more of at least {2 * CELL} x {2 * CELL}; got {images.shape}"
        )
    starts = range(0, len(images), BATCH)
    return np.concatenate([_hog(torch.from_numpy(images[s : s + BATCH])).numpy() for s in starts])


def _hog(images: torch.Tensor) -> torch.Tensor:
    cells = functional.avg_pool2d(_by_orientation(images), CELL)
    corners = (cells[:, :, :-1, :-1], cells[:, :, 1:, :-1], cells[:, :, :-1, 1:], cells[:, :, 1:, 1:])
    blocks = torch.cat(corners, dim=1)
    norm: torch.Tensor = torch.linalg.vector_norm(blocks, dim=1, keepdim=True)
    return (blocks / (norm + SOFT)).flatten(1)


def _by_orientation(images: torch.Tensor) -> torch.Tensor:
    """(n, BINS, h, w): the length of each pixel's gradient, in the two bins next to its angle."""
    dx, dy = torch.zeros_like(images), torch.zeros_like(images)
    dx[:, :, 1:-1] = (images[:, :, 2:] - images[:, :, :-2]) / 2
    dy[:, 1:-1] = (images[:, 2:] - images[:, :-2]) / 2
    length = torch.hypot(dx, dy)
    angle = (torch.atan2(dy, dx) % torch.pi) / torch.pi * BINS
    low = angle.floor()
    share = angle - low
    low_bin = low.long() % BINS
    n, h, w = images.shape
    planes = torch.zeros(n, BINS, h, w)
    planes.scatter_add_(1, low_bin[:, None], (length * (1 - share))[:, None])
    return planes.scatter_add_(1, (low_bin[:, None] + 1) % BINS, (length * share)[:, None])


def pca(x: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The first `dim` principal components of these rows, largest first; fewer where x has fewer columns.

    Returns
    -------
    float32 (n, min(dim, d)); the columns have mean 0
    """
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :dim]  # eigh sorts ascending
    return np.asarray(centred @ axes, dtype=np.float32)
