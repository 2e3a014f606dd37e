"""Exact k-NN by cosine, in blocks: every pair is compared, no (n, n) matrix is ever held.

On a CPU each pair is multiplied once (`once`); on a GPU in half precision first (`rounded`); long lists row by row
(`plain`). Here the way is chosen, and ties are broken. Knows nothing about levels or networks; sees unit vectors only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hilander.graph.blocks import blocks_for, free_bytes
from hilander.graph.once import each_pair_once
from hilander.graph.plain import search_rows
from hilander.graph.rounded import search_rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, COLUMNS = 1_024, 2_048  # of a tile on a CPU: it stays in the cache (benchmarks/LOG.md)
PLAIN_ROWS, PLAIN_COLUMNS = 512, 8_192
TIES_ROWS = 16_384  # whose ties are broken at a time
LONG = 64  # lists from here on are searched row by row
TIE = 2.0**-20
SPARE = 2  # candidates beyond m, so that a tie for the last place can be broken


def exact_neighbors(
    x: NDArray[np.float32], m: int, device: str, progress: Callable[[float], None]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The m most similar other rows of each row, most similar first.

    Parameters
    ----------
    x : float32 (n, d)   unit rows
    m : 1 <= m <= n - 1

    Returns
    -------
    neighbors : int64 (n, m), similarity : float32 (n, m) in [-1, 1]

    Cosines that differ by less than about 1e-6 are ties, since float32 products carry that error and a BLAS
    may round either way; of ties the higher number comes first (as in faiss), so that the graph is the same
    on any machine. Of more ties for the last place than `SPARE` any may be taken.
    """
    found = exact_lists(torch.from_numpy(np.ascontiguousarray(x)), m, device, progress)
    neighbors, similarity = (one.cpu().numpy() for one in found)
    return neighbors, similarity


@torch.no_grad()
def exact_lists(
    points: Tensor,
    m: int,
    device: str,
    progress: Callable[[float], None],
    *,
    as_on_card: bool = False,
) -> tuple[Tensor, Tensor]:
    """As `exact_neighbors`, of points on the host or on `device`; lists stay on `device` where they fit.

    `as_on_card` : a CPU goes a card's way too, so that it can be tested.
    """
    n, dim = points.shape
    wanted = candidates(n, m)
    if wanted > LONG:
        return _row_by_row(points, m, device, progress)
    if torch.device(device).type == "cpu" and not as_on_card:
        best, index = each_pair_once(points, wanted, ROWS, COLUMNS, progress)
    else:
        lists = (wanted + m) * 12 * n
        sizes = blocks_for(n, dim, free_bytes(device) - lists)
        best, index = search_rounded(points, wanted, sizes, device=device, progress=progress)
    return ties_broken(best, index, m)


def _row_by_row(
    points: Tensor, m: int, device: str, progress: Callable[[float], None]
) -> tuple[Tensor, Tensor]:
    """For long lists: those of a block of rows are finished, and leave the device if it is small, before the next."""
    n, free = len(points), free_bytes(device)
    where = device if 12 * n * m < free / 4 else "cpu"
    neighbors, similarity = (
        torch.empty((n, m), dtype=torch.int64, device=where),
        torch.empty(n, m, device=where),
    )
    if blocks_for(n, points.shape[1], free).shard == n:
        points = points.to(device)
    for start in range(0, n, PLAIN_ROWS):
        rows = torch.arange(start, min(start + PLAIN_ROWS, n), device=points.device)
        part = slice(start, start + PLAIN_ROWS)
        report = _within(progress, start / n, (start + len(rows)) / n)
        best, index = search_rows(
            points, rows, candidates(n, m), columns=PLAIN_COLUMNS, device=device, progress=report
        )
        best, index = _break_ties(best, index, m)
        similarity[part], neighbors[part] = best.clamp_(-1, 1), index
    return neighbors, similarity


def _within(progress: Callable[[float], None], low: float, high: float) -> Callable[[float], None]:
    """Progress of a part that stands for low to high of the whole."""
    return lambda share: progress(low + share * (high - low))


def candidates(n: int, m: int) -> int:
    """How long lists must be for ties in their first m to be broken, of n points."""
    return min(m + SPARE, n - 1)


def ties_broken(best: Tensor, index: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """Neighbors int64 (n, m), similarity float32 (n, m) of lists (n, `candidates`) of any order."""
    neighbors, similarity = index.new_empty((len(index), m)), best.new_empty((len(best), m))
    for start in range(0, len(best), TIES_ROWS):
        part = slice(start, start + TIES_ROWS)
        value, neighbors[part] = _break_ties(best[part], index[part], m)
        similarity[part] = value.clamp_(-1, 1)
    return neighbors, similarity


def _break_ties(similarity: Tensor, index: Tensor, m: int) -> tuple[Tensor, Tensor]:
    steps = (similarity.double() / TIE).round().long()
    order = (steps * (1 << 32) + index).topk(m, dim=1).indices
    return similarity.gather(1, order), index.gather(1, order)
