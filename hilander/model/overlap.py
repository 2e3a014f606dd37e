"""How much two neighbourhoods of a k-NN graph have in common. Knows nothing about similarities or networks."""

from __future__ import annotations

import torch
from torch import Tensor

from hilander.model.ops import rows_at


def overlap(neighbors: Tensor, ordered: Tensor, rows: slice) -> tuple[Tensor, Tensor]:
    """Per edge i -> j of some nodes: the share of common neighbours, and the rank of i in j's list (m where absent).

    Neighbours are looked up in sorted lists: O(b m^2 log m) time, O(b m^2) memory.

    Parameters
    ----------
    neighbors : int64 (n, m); ordered : the same, each row ascending
    rows : the b nodes

    Returns
    -------
    common : float32 (b, m), |N(i) and N(j)| / m;  rank_back : float32 (b, m), 0 to m
    """
    own, m = neighbors[rows], neighbors.shape[1]
    lists, wanted = rows_at(ordered, own), own.unsqueeze(1).expand(-1, m, -1).contiguous()  # (b, m, m)
    found = torch.searchsorted(lists, wanted).clamp_max_(m - 1)
    common = (lists.gather(2, found) == wanted).float().mean(2)
    me = torch.arange(rows.start, rows.stop, device=own.device)[:, None, None]
    places = torch.arange(m, device=own.device)
    return common, torch.where(rows_at(neighbors, own) == me, places, m).amin(2).float()
