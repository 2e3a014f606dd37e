"""The largest values of each row of a block of products, all or from a floor on. Knows nothing about graphs."""

from __future__ import annotations

import torch
from torch import Tensor

from hilander.graph.sparse import true_places

GROUPS_OF = 32


def top(block: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """Values, descending, and columns of the m largest of each row: (r, c) -> two (r, m), m <= c.

    The m largest of a row lie in the m groups of columns with the largest maxima, so only those groups are sorted:
    one vectorised pass over the block in place of a selection over all of it.
    """
    rows, columns = block.shape
    groups = columns // GROUPS_OF
    if groups <= 2 * m:
        value, column = block.topk(m, dim=1)
        return value, column
    whole = groups * GROUPS_OF
    grouped = block[:, :whole].reshape(rows, GROUPS_OF, groups)
    chosen = grouped.amax(1).topk(m, dim=1, sorted=False).indices
    picked = grouped.gather(2, chosen.unsqueeze(1).expand(-1, GROUPS_OF, -1)).flatten(1)
    value, order = torch.cat([picked, block[:, whole:]], 1).topk(m, dim=1)
    of_groups = (order // m) * groups + chosen.gather(1, (order % m))
    return value, torch.where(order < GROUPS_OF * m, of_groups, order + (whole - GROUPS_OF * m))


def best_from(block: Tensor, m: int, least: Tensor, none: float) -> tuple[Tensor, Tensor]:
    """Values and columns of a row's m largest that exceed `least`, (r,): (r, c) -> two (r, m'), m' = min(m, c).

    In any order; where a row has fewer, `none`, than which nothing is less, and any column stand in their place. Rows
    that have no more than m are not sorted, and with a good least most are such.
    """
    m = min(m, block.shape[1])
    if bool((least == none).all()):
        value, column = top(block, m)
        return value, column
    row, column = true_places(block > least[:, None])
    count = torch.bincount(row, minlength=len(block))
    values = block.new_full((len(block), m), none)
    columns = torch.zeros((len(block), m), dtype=torch.int64)
    few = (count <= m)[row]
    place = (torch.arange(len(row)) - (count.cumsum(0) - count)[row])[few]
    row, column = row[few], column[few]
    values[row, place], columns[row, place] = block[row, column], column
    many = (count > m).nonzero().squeeze(1)
    values[many], columns[many] = top(block.index_select(0, many), m)
    return values, columns
