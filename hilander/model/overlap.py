"""How much two neighbourhoods of a k-NN graph have in common. Knows nothing about similarities or networks."""

from __future__ import annotations

import torch
from torch import Tensor

from hilander.model.ops import Tick

BLOCK_VALUES = 2_000_000  # neighbours of neighbours looked up at a time (16 MB)


def overlap(neighbors: Tensor, tick: Tick | None = None) -> tuple[Tensor, Tensor]:
    """Per edge i -> j: the share of common neighbours, and the rank of i in j's list (m where absent).

    Neighbours are looked up in sorted lists: O(n m^2 log m) time, memory of one block.

    Returns
    -------
    common : float32 (n, m), |N(i) and N(j)| / m;  rank_back : float32 (n, m), 0 to m
    """
    n, m = neighbors.shape
    common = torch.empty((n, m), device=neighbors.device)
    rank_back = torch.empty((n, m), device=neighbors.device)
    places = torch.arange(m, device=neighbors.device)
    ordered = neighbors.sort(1).values
    rows = max(1, BLOCK_VALUES // m**2)
    for start in range(0, n, rows):
        own = neighbors[start : start + rows]
        lists, wanted = ordered[own], own.unsqueeze(1).expand(-1, m, -1).contiguous()  # (b, m, m)
        found = torch.searchsorted(lists, wanted).clamp_max(m - 1)
        common[start : start + rows] = (lists.gather(2, found) == wanted).float().mean(2)
        me = torch.arange(start, start + len(own), device=own.device)[:, None, None]
        rank_back[start : start + rows] = torch.where(neighbors[own] == me, places, m).amin(2).float()
        if tick:
            tick(min(1.0, (start + rows) / n))
    return common, rank_back
