"""The largest values of each row of a block of products. Knows nothing about vectors or graphs."""

from __future__ import annotations

import torch
from torch import Tensor

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
