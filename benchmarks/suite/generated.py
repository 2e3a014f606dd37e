"""Embeddings as large as one likes, with known identities: what scale and speed are measured on.

    number of rows, dimension, seed  ->  unit vectors, labels

Identities have lognormal sizes and fall into sub-clusters, as a person's pictures do by age or camera. numpy alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEDIAN_SIZE, SIZE_SPREAD = 20, 0.8  # images of an identity, and the standard deviation of their log
PER_SUB_CLUSTER = 8
SUB_SPREAD, IMAGE_SPREAD = 0.5, 0.7  # lengths against an identity's own direction: cosines of 0.72 and 0.57
BLOCK_VALUES = 2**24  # 64 MB of one kind


def generated(n: int, dim: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Noisy directions in random order; the same for the same arguments.

    Parameters
    ----------
    n, dim : >= 1

    Returns
    -------
    x : float32 (n, dim), unit rows;  labels : int64 (n,), identities from 0, each at least once

    Memory beside them: blocks, and 16 bytes a row.
    """
    rng = np.random.default_rng(seed)
    sizes = _sizes(n, rng)
    place = rng.permutation(n)
    x, labels = np.empty((n, dim), np.float32), np.empty(n, np.int64)
    labels[place] = np.repeat(np.arange(len(sizes)), sizes)
    start = 0
    for some in _blocks(sizes, max(1, BLOCK_VALUES // dim)):
        stop = start + int(some.sum())
        x[place[start:stop]] = _identities(some, dim, rng)
        start = stop
    return x, labels


def _sizes(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Images of each identity: int64, each >= 1, n in all."""
    drawn = rng.lognormal(np.log(MEDIAN_SIZE), SIZE_SPREAD, 10 + n // 10)  # the mean is above 20, so enough
    sizes = np.maximum(1, drawn.round()).astype(np.int64)
    stops = np.minimum(sizes.cumsum(), n)
    sizes = np.diff(stops, prepend=0)
    return sizes[sizes > 0]


def _blocks(sizes: NDArray[np.int64], rows: int) -> list[NDArray[np.int64]]:
    """Whole identities, about so many rows at a time."""
    ends = sizes.cumsum()
    return np.split(sizes, np.unique(np.searchsorted(ends, np.arange(rows, ends[-1], rows), side="right")))


def _identities(sizes: NDArray[np.int64], dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """float32 (sum of sizes, dim), identity after identity."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    subs = -(-sizes // PER_SUB_CLUSTER)
    sub = (subs.cumsum() - subs)[owner] + (rng.random(len(owner)) * subs[owner]).astype(np.int64)
    x = rng.standard_normal((len(owner), dim), np.float32)
    x *= np.float32(IMAGE_SPREAD)
    x += np.float32(SUB_SPREAD) * rng.standard_normal((int(subs.sum()), dim), np.float32)[sub]
    x += rng.standard_normal((len(sizes), dim), np.float32)[owner]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x
