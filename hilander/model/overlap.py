"""How much two neighbourhoods of a k-NN graph have in common. Knows nothing about similarities or networks."""

from __future__ import annotations

import torch
from torch import Tensor


def overlap(neighbors: Tensor, rows: slice) -> tuple[Tensor, Tensor]:
    """Per edge i -> j of some nodes: the share of common neighbours, and the rank of i in j's list (m where absent).

    All of i's neighbours are compared with all of j's, nodes innermost: O(b m^3) comparisons, many at a time, and
    O(b m^2) memory.

    Parameters
    ----------
    neighbors : int32 (n, m), each row without repetition
    rows : the b nodes

    Returns
    -------
    common : float32 (b, m), |N(i) and N(j)| / m;  rank_back : float32 (b, m), 0 to m
    """
    own, m = neighbors[rows], neighbors.shape[1]
    theirs = neighbors.index_select(0, own.flatten()).view(len(own), m * m).T.contiguous().view(m, m, -1)
    mine = own.T.contiguous()
    met, same = torch.zeros_like(theirs, dtype=torch.bool), torch.empty_like(theirs, dtype=torch.bool)
    for one in mine:
        met |= torch.eq(theirs, one, out=same)
    common = met.sum(1, dtype=torch.int32).T.contiguous().float() / m
    me = torch.arange(rows.start, rows.stop, device=own.device, dtype=own.dtype)
    torch.eq(theirs, me, out=same)
    before_end = torch.arange(m, 0, -1, device=own.device, dtype=torch.int32)[:, None]
    return common, (m - (same * before_end).amax(1)).T.contiguous().float()
