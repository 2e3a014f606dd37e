"""Find rows that equal an earlier row, exactly. In blocks, by hash and then compared; no threshold."""

from __future__ import annotations

import numpy as np

from hilander.io.vectors import blocks, forget


def first_copies(x: np.ndarray) -> np.ndarray:
    """int64 (n,): the number of the first row with the same values; its own where there is none before it.

    Parameters
    ----------
    x : (n, d) of any real dtype, memory-mapped or not; 0.0 and -0.0 are the same
    """
    return copies_among(x, row_hashes(x))


def copies_among(x: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """The same, the hashes of all rows known: only rows that share one are read."""
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    copy_of = np.arange(len(hashes))
    suspects = np.flatnonzero(first[group] != copy_of)
    for start, stop in blocks(len(suspects), x.shape[1]):
        rows = suspects[start:stop]
        earlier = first[group[rows]]
        same = (x[rows] == x[earlier]).all(axis=1)
        copy_of[rows[same]] = earlier[same]
    return copy_of


def row_hashes(x: np.ndarray) -> np.ndarray:
    """uint64 (n,): the same for equal rows, different for almost all others."""
    return np.concatenate([_hashes_of(x, start, stop) for start, stop in blocks(*x.shape)])


def count_duplicates(x: np.ndarray) -> int:
    """Count rows whose values all equal an earlier row's."""
    return int((first_copies(x) != np.arange(len(x))).sum())


def _hashes_of(x: np.ndarray, start: int, stop: int) -> np.ndarray:
    hashes = _row_hashes(np.asarray(x[start:stop]))
    forget(x)
    return hashes


def _row_hashes(block: np.ndarray) -> np.ndarray:
    """uint64 (rows,): the same for equal rows (0.0 and -0.0 included), different for almost all others."""
    words = np.ascontiguousarray(block.astype(np.float64) + 0.0).view(np.uint64)
    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
        words ^= words >> np.uint64(29)
        factors = np.random.default_rng(0).integers(
            0, 2**64, size=block.shape[1], dtype=np.uint64
        ) | np.uint64(1)
        hashed: np.ndarray = (words * factors).sum(axis=1, dtype=np.uint64)
    return hashed
