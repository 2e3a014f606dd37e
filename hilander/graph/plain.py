"""Exact k-NN by cosine in float32, rows against columns block by block, on any device.

    unit vectors + some of their rows  ->  the m best of each of these rows

For lists too long to be kept of all rows at once, and for rows whose search in less precision proved nothing.
Points may lie on the host: columns then go to the device block by block. Knows nothing about ties, levels or
networks.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

GROUPS_OF = 32


def search_rows(
    points: Tensor,
    rows: Tensor,
    m: int,
    *,
    columns: int,
    device: str,
    progress: Callable[[float], None],
) -> tuple[Tensor, Tensor]:
    """The m points most similar to each of some rows, itself left out, best first.

    Parameters
    ----------
    points : float32 (n, d), unit rows, on the host or on `device`
    rows : int64 (r,), ascending numbers of points
    m : 1 <= m <= n - 1
    columns : points that are compared at a time

    Returns
    -------
    float32 (r, m), int64 (r, m), both on `device`
    """
    query, own = points[rows.to(points.device)].to(device), rows.to(device)
    best = torch.full((len(rows), m), -torch.inf, device=device)
    index = torch.zeros((len(rows), m), dtype=torch.int64, device=device)
    for left in range(0, len(points), columns):
        right = min(left + columns, len(points))
        block = query @ points[left:right].to(device, non_blocking=True).T
        without_self(block, own, left)
        value, column = block_top(block, min(m, right - left))
        best, index = merged(best, index, value, column + left)
        progress(right / len(points))
    return best, index


def without_self(block: Tensor, rows: Tensor, left: int) -> None:
    """Set each row's similarity to itself to -inf, in a block (r, c) whose first column is point `left`.

    By arithmetic alone: a device is never waited for.
    """
    place = (rows - left).clamp(0, block.shape[1] - 1)
    inside = place == rows - left
    row = torch.arange(len(rows), device=block.device)
    block[row, place] = torch.where(inside, -torch.inf, block[row, place])


def merged(best: Tensor, index: Tensor, value: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
    """The best of two lists of each row, (r, m) and (r, c): again (r, m), descending."""
    best, order = torch.cat([best, value], 1).topk(best.shape[1], dim=1)
    return best, torch.cat([index, column], 1).gather(1, order)


def block_top(block: Tensor, m: int) -> tuple[Tensor, Tensor]:
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


def _plain_or_split(block: Tensor, m: int) -> tuple[Tensor, Tensor]:
    whole = block.shape[1] // GROUPS_OF * GROUPS_OF
    if whole // GROUPS_OF <= 2 * m or whole == block.shape[1]:
        value, column = block.topk(m, dim=1)
        return value, column
    left_value, left_column = block_top(block[:, :whole].contiguous(), m)
    right = block.shape[1] - whole
    value = torch.cat([left_value, block[:, whole:]], 1)
    tail = torch.arange(whole, whole + right, device=block.device).expand(len(block), -1)
    value, order = value.topk(m, dim=1)
    return value, torch.cat([left_column, tail], 1).gather(1, order)
