"""Embeddings on a card: uploaded block by block and made unit there, and which rows are copies of earlier ones.

    rows of any dtype on the host  ->  unit rows on the card  ->  the first row that each equals

What `io.vectors.unit_vectors` and `io.duplicates.first_copies` do on the host, up to the rounding of a sum in float64.
Knows nothing about neighbours or levels.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hilander.io.vectors import blocks, check_matrix, unit_vectors

AS_THEY_ARE = (np.float16, np.float32, np.float64)
BLOCK_VALUES = 16_000_000  # of rows that are hashed or compared at a time


def unit_rows(x: np.ndarray, device: str) -> Tensor:
    """Divide every row by its Euclidean norm, in float64: float32 (n, d) on the device.

    Parameters
    ----------
    x : (n, d) of any real dtype, in memory or memory-mapped; n, d >= 1

    Raises
    ------
    InputError   as `unit_vectors`, which is asked for the message
    """
    check_matrix(x)
    out = torch.empty(x.shape, device=device)
    good = torch.ones((), dtype=torch.bool, device=device)
    for start, stop in blocks(*x.shape):
        block = torch.from_numpy(_plain(x[start:stop])).to(device).double()
        largest = block.abs().amax(1, keepdim=True)
        good &= (largest.isfinite() & (largest > 0)).all()
        block /= largest
        block /= block.square().sum(1, keepdim=True).sqrt()
        out[start:stop] = block
    if not bool(good):
        unit_vectors(x)
        raise AssertionError("a row that the host takes was refused on the card")
    return out


def first_equal(x: Tensor) -> Tensor:
    """int64 (n,): the number of the first row with the same values; its own where there is none before it.

    By hash and then compared, as on the host; 0.0 and -0.0 are the same.
    """
    n, dim = x.shape
    copy_of = torch.arange(n, device=x.device)
    ordered, order = _hashes(x).sort(stable=True)
    begins = torch.ones(n, dtype=torch.bool, device=x.device)
    begins[1:] = ordered[1:] != ordered[:-1]
    first = order[torch.where(begins, copy_of, 0).cummax(0).values]
    suspect = (~begins).nonzero().squeeze(1)
    step = max(1, BLOCK_VALUES // dim)
    for start in range(0, len(suspect), step):
        part = suspect[start : start + step]
        row, earlier = order[part], first[part]
        copy_of[row] = torch.where((x[row] == x[earlier]).all(1), earlier, row)
    return copy_of


def _plain(block: np.ndarray) -> np.ndarray:
    """Rows in memory as torch reads them."""
    kind = block.dtype.newbyteorder("=")
    return np.array(block, dtype=kind if kind.type in AS_THEY_ARE else np.float64, order="C")


def _hashes(x: Tensor) -> Tensor:
    """int64 (n,): the same for equal rows, different for almost all others."""
    n, dim = x.shape
    rng = np.random.default_rng(0)
    factors = torch.from_numpy(rng.integers(-(2**62), 2**62, dim) * 2 + 1).to(x.device)
    found = torch.empty(n, dtype=torch.int64, device=x.device)
    step = max(1, BLOCK_VALUES // dim)
    for start in range(0, n, step):
        words = (x[start : start + step] + 0.0).view(torch.int32).long()
        words = (words ^ (words >> 15)) * 0x2545F4914F6CDD1D
        words = (words ^ (words >> 29)) * factors
        found[start : start + step] = (words ^ (words >> 32)).sum(1)
    return found
