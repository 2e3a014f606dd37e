"""Embeddings like a pile of photographs: identities of very different sizes, each in a few poses. numpy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEDIAN, SIGMA = 20.0, 1.0  # images of an identity: log-normal
PER_POSE = 8  # images, on average
POSE, NOISE = 0.5, 0.6  # length of what a pose, and an image, adds to the identity's unit vector
ROWS = 65_536


def generated(
    n: int, dim: int, seed: int = 0, *, noise: float = NOISE, pose: float = POSE
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """X : float32 (n, dim), unit rows in random order; labels : int64 (n,), their identities."""
    rng = np.random.default_rng(seed)
    sizes = _sizes(n, rng)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    poses = np.maximum(1, np.round(sizes / PER_POSE)).astype(np.int64)
    first = np.cumsum(poses) - poses
    posed = first[labels] + (rng.random(n) * poses[labels]).astype(np.int64)
    order = rng.permutation(n)
    labels, posed = labels[order], posed[order]
    identities = _unit(rng.standard_normal((len(sizes), dim), np.float32))
    shifts = rng.standard_normal((int(poses.sum()), dim), np.float32) * np.float32(pose / np.sqrt(dim))
    x = np.empty((n, dim), np.float32)
    for start in range(0, n, ROWS):
        part = slice(start, min(start + ROWS, n))
        own = rng.standard_normal((part.stop - start, dim), np.float32) * np.float32(noise / np.sqrt(dim))
        x[part] = _unit(identities[labels[part]] + shifts[posed[part]] + own)
    return x, labels


def _sizes(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    drawn = np.maximum(1, np.round(rng.lognormal(np.log(MEDIAN), SIGMA, n // 5 + 100))).astype(np.int64)
    ends = np.cumsum(drawn)
    count = int(np.searchsorted(ends, n)) + 1
    sizes = drawn[:count]
    sizes[-1] -= ends[count - 1] - n
    return sizes


def _unit(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
