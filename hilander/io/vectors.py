"""Make embeddings canonical, once, at the boundary: float32, C-contiguous, unit length.

Knows nothing about files; works in blocks, so a memory-mapped array is never copied whole in float64.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import numpy as np

from hilander.errors import InputError

BLOCK_VALUES = 262_144  # 2 MB as float64: near a core
MAX_DIM = 1_000_000
SHOWN_ROWS = 5


def unit_vectors(x: np.ndarray, *, name: str = "embeddings", first: int = 0) -> np.ndarray:
    """Divide every row by its Euclidean norm.

    Parameters
    ----------
    x : (n, d) of any real dtype (float16 to float64, integers, bool), in memory or memory-mapped; n, d >= 1
    name : what to call the array in messages, a file name say
    first : the number of its first row there

    Returns
    -------
    float32 (n, d), C-contiguous, new; row norms 1 to float32 precision. Norms are taken in float64 after
    dividing by the largest value of the row, so neither float16 nor 1e300 overflows.

    Raises
    ------
    InputError   not 2-d, no rows or columns, not real numbers; NaN, infinity or all zeros in rows, by number
    """
    check_matrix(x, name=name)
    out = np.empty(x.shape, dtype=np.float32)
    not_finite: list[np.ndarray] = []
    all_zero: list[np.ndarray] = []
    for start, stop in blocks(*x.shape):
        block = np.asarray(x[start:stop]).astype(np.float64)
        largest = np.abs(block).max(axis=1)
        finite = np.isfinite(largest)
        not_finite.append(first + start + np.flatnonzero(~finite))
        all_zero.append(first + start + np.flatnonzero(largest == 0))
        scale = np.where(finite & (largest > 0), largest, 1.0)[:, None]
        with np.errstate(invalid="ignore"):
            block /= scale
            block /= np.sqrt(np.maximum(np.einsum("ij,ij->i", block, block), 1e-300))[:, None]
        out[start:stop] = block
    _refuse_rows(
        np.concatenate(not_finite), name, "NaN or infinite values", "every value must be a finite number"
    )
    _refuse_rows(
        np.concatenate(all_zero), name, "nothing but zeros", "a zero vector has no direction to compare"
    )
    return out


def check_matrix(x: np.ndarray, *, name: str = "embeddings") -> None:
    """InputError unless `x` is a 2-d array of real numbers with at least one row, and 1 to `MAX_DIM` columns."""
    if not isinstance(x, np.ndarray) or x.ndim != 2:
        got = f"shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"
        raise InputError(
            f"{name} must be a 2-d array, one row per image; got {got}. Reshape it to (images, values)."
        )
    if x.dtype.kind not in "fiub":
        raise InputError(f"{name} must hold real numbers; got dtype {x.dtype}. Save it as float32.")
    if x.shape[1] > MAX_DIM:
        raise InputError(
            f"{name} may have {MAX_DIM:,} values a row; got shape {x.shape}. Is it transposed? One row is one image."
        )
    if 0 in x.shape:
        raise InputError(
            f"{name} must have at least one row and one column; got shape {x.shape}. Is it the right file?"
        )


def blocks(n: int, dim: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of row blocks of at most `BLOCK_VALUES` values (at least one row each)."""
    step = max(1, BLOCK_VALUES // max(1, dim))
    for start in range(0, n, step):
        yield start, min(n, start + step)


def forget(x: np.ndarray) -> None:
    """Give back the memory that reading a mapped file has taken: it would grow to the size of the file."""
    if not isinstance(x, np.memmap) or x.mode != "r":  # of any other map the changes would be lost
        return
    base: object = x
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def _refuse_rows(rows: np.ndarray, name: str, fault: str, expected: str) -> None:
    if len(rows) == 0:
        return
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    more = ", ..." if len(rows) > SHOWN_ROWS else ""
    count = f"{len(rows):,} row{'s' if len(rows) > 1 else ''}"
    raise InputError(
        f"{name} has {count} with {fault} (counted from 0: {shown}{more}); {expected}. "
        "Leave these rows out, or compute their embeddings again."
    )
