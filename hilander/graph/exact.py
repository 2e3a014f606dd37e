"""Exact k-NN by cosine, in blocks: every pair is compared, no (n, n) matrix is ever held.

Knows nothing about levels or networks; sees unit vectors only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, COLUMNS, GROUPS_OF = 512, 8_192, 32
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
    on any machine.
    """
    n = len(x)
    wanted = min(m + SPARE, n - 1)
    neighbors = np.empty((n, m), np.int64)
    similarity = np.empty((n, m), np.float32)
    points = torch.from_numpy(np.ascontiguousarray(x)).to(device)
    for start in range(0, n, ROWS):
        stop = min(start + ROWS, n)
        report = _within(progress, start / n, stop / n)
        best, index = _break_ties(*_search_rows(points, start, stop, wanted, report), m)
        similarity[start:stop] = best.clamp_(-1, 1).cpu().numpy()
        neighbors[start:stop] = index.cpu().numpy()
    return neighbors, similarity


def _within(progress: Callable[[float], None], low: float, high: float) -> Callable[[float], None]:
    """Progress of a part that stands for low to high of the whole."""
    return lambda share: progress(low + share * (high - low))


def _search_rows(
    points: torch.Tensor, start: int, stop: int, m: int, progress: Callable[[float], None]
) -> tuple[torch.Tensor, torch.Tensor]:
    rows = points[start:stop]
    best = torch.full((stop - start, m), -torch.inf, device=points.device)
    index = torch.zeros((stop - start, m), dtype=torch.int64, device=points.device)
    for left in range(0, len(points), COLUMNS):
        right = min(left + COLUMNS, len(points))
        block = rows @ points[left:right].T
        low, high = max(start, left), min(stop, right)
        if low < high:  # this block holds some rows' similarity to themselves
            own = torch.arange(low, high, device=points.device)
            block[own - start, own - left] = -torch.inf
        value, column = _block_top(block, min(m, right - left))
        value, column = torch.cat([best, value], 1), torch.cat([index, column + left], 1)
        best, order = value.topk(m, dim=1)
        index = column.gather(1, order)
        progress(right / len(points))
    return best, index


def _break_ties(similarity: torch.Tensor, index: torch.Tensor, m: int) -> tuple[torch.Tensor, torch.Tensor]:
    steps = (similarity.double() / TIE).round().long()
    order = (steps * (1 << 32) + index).topk(m, dim=1).indices
    return similarity.gather(1, order), index.gather(1, order)


def _block_top(block: torch.Tensor, m: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Exact top m of each row, by way of group maxima.

    The m best entries of a row lie in the m groups with the best maxima, so only those m groups are sorted:
    one vectorised pass over the block in place of a selection over all of it.
    """
    rows, columns = block.shape
    groups = columns // GROUPS_OF
    if groups <= 2 * m or columns % GROUPS_OF:
        return _plain_or_split(block, m)
    grouped = block.view(rows, GROUPS_OF, groups)
    chosen = grouped.amax(1).topk(m, dim=1).indices
    candidates = grouped.gather(2, chosen.unsqueeze(1).expand(-1, GROUPS_OF, -1)).reshape(rows, -1)
    value, order = candidates.topk(m, dim=1)
    column = (order // m) * groups + chosen.gather(1, order % m)
    return value, column


def _plain_or_split(block: torch.Tensor, m: int) -> tuple[torch.Tensor, torch.Tensor]:
    whole = block.shape[1] // GROUPS_OF * GROUPS_OF
    if whole // GROUPS_OF <= 2 * m or whole == block.shape[1]:
        value, column = block.topk(m, dim=1)
        return value, column
    left_value, left_column = _block_top(block[:, :whole].contiguous(), m)
    right = block.shape[1] - whole
    value = torch.cat([left_value, block[:, whole:]], 1)
    tail = torch.arange(whole, whole + right, device=block.device).expand(len(block), -1)
    value, order = value.topk(m, dim=1)
    return value, torch.cat([left_column, tail], 1).gather(1, order)
