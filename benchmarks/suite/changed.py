"""The same images in another embedding space: turned, projected, padded. Labels stay.

A network that sees relations only should hardly notice. Knows nothing about networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hilander.io.vectors import unit_vectors
from suite.datasets import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

NARROW, WIDE = 64, 1024
Change = Callable[["NDArray[np.float32]", np.random.Generator], "NDArray[np.float32]"]


def changed(data: Dataset, change: Change, seed: int = 0) -> Dataset:
    """The data set after a change, its rows made unit again."""
    return replace(data, x=unit_vectors(change(data.x, np.random.default_rng(seed))))


def rotated(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """By a random orthogonal matrix."""
    return x @ _orthogonal(x.shape[1], rng)


def projected(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Onto a random subspace of `NARROW` dimensions."""
    return x @ _orthogonal(x.shape[1], rng)[:, :NARROW]


def principal(x: NDArray[np.float32], _rng: np.random.Generator) -> NDArray[np.float32]:
    """Onto the first `NARROW` principal components (of the uncentred data, so that cosines stay cosines)."""
    return x @ np.linalg.eigh(x.T @ x)[1][:, -NARROW:]


def padded(x: NDArray[np.float32], _rng: np.random.Generator) -> NDArray[np.float32]:
    """With zeros to `WIDE` dimensions."""
    return np.pad(x, ((0, 0), (0, WIDE - x.shape[1])))


def _orthogonal(dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.linalg.qr(rng.standard_normal((dim, dim)))[0].astype(np.float32)


CHANGES: dict[str, tuple[Change, float]] = {  # name: the change, and by how much the score may move
    "rotated": (rotated, 0.02),
    f"projected at random to {NARROW}": (projected, 0.05),
    f"first {NARROW} principal components": (principal, 0.05),
    f"zero-padded to {WIDE:,}": (padded, 0.02),
}


def all_changes(data: Dataset) -> Iterator[tuple[str, float, Dataset]]:
    """(name, allowed difference, changed data set) of every change."""
    for name, (change, allowed) in CHANGES.items():
        yield name, allowed, changed(data, change)
