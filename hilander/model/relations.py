"""What RelationalLANDER sees of a level: similarities, ranks and overlaps. No coordinate leaves this module.

    k-NN graph + cluster sizes and spreads  ->  (n, NODE_WIDTH) and (n, m, EDGE_WIDTH) arrays

Every value is unitless and of order 1, whatever the embedding's dimension or k. Knows nothing about learning.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hilander.model.ops import Tick

PROFILE = 8  # points that a node's sorted similarities are resampled to
NODE_WIDTH = PROFILE + 7
EDGE_WIDTH = 13
BLOCK_VALUES = 2_000_000  # neighbours of neighbours looked up at a time (16 MB)


@dataclass(frozen=True)
class Relations:
    """node : float32 (n, NODE_WIDTH); edge : float32 (n, m, EDGE_WIDTH)."""

    node: Tensor
    edge: Tensor


def relations(
    neighbors: Tensor, similarity: Tensor, size: Tensor, cohesion: Tensor, tick: Tick | None = None
) -> Relations:
    """Describe every node and edge of a k-NN graph without coordinates.

    Parameters
    ----------
    neighbors : int64 (n, m), similarity : float32 (n, m) in [-1, 1], descending along rows; m >= 1
    size : float32 (n,)       images under each node, >= 1
    cohesion : float32 (n,)   cosine of the node's peak and the mean of its images; 1 at the first level
    tick : called with the share done, 0 to 1, block by block; may raise to stop
    """
    seen = _Seen(neighbors, similarity, torch.log(size) / 4, cohesion, *overlap(neighbors, tick))
    return Relations(_of_nodes(seen), _of_edges(seen))


@dataclass(frozen=True)
class _Seen:
    """What nodes and edges are described from; log_size and cohesion are float32 (n,), the others (n, m)."""

    neighbors: Tensor
    similarity: Tensor
    log_size: Tensor
    cohesion: Tensor
    common: Tensor
    rank_back: Tensor

    @property
    def mutual(self) -> Tensor:
        return (self.rank_back < self.neighbors.shape[1]).float()

    @property
    def popularity(self) -> Tensor:
        """Log of in-degree over out-degree, one added to both."""
        n, m = self.neighbors.shape
        in_degree = torch.bincount(self.neighbors.reshape(-1), minlength=n).float()
        return torch.log((in_degree + 1) / (m + 1))


def _of_nodes(seen: _Seen) -> Tensor:
    single = [
        seen.similarity.mean(1),
        seen.similarity.std(1, correction=0),
        seen.popularity,
        seen.common.mean(1),
        seen.mutual.mean(1),
        seen.log_size,
        seen.cohesion,
    ]
    return torch.cat([resample(seen.similarity, PROFILE), torch.stack(single, dim=1)], dim=1)


def _of_edges(seen: _Seen) -> Tensor:
    similarity, neighbors = seen.similarity, seen.neighbors
    n, m = neighbors.shape
    best, worst = similarity[:, :1], similarity[:, -1:]
    rank = torch.arange(m, device=neighbors.device, dtype=torch.float32).expand(n, m) / m
    of_nodes = (similarity.mean(1), seen.popularity, seen.log_size, seen.cohesion)
    values = [
        similarity,
        similarity - best,
        similarity - worst,
        similarity - best[neighbors, 0],
        similarity - worst[neighbors, 0],
        rank,
        seen.rank_back / m,
        seen.mutual,
        seen.common,
        *(value[neighbors] - value[:, None] for value in of_nodes),
    ]
    return torch.stack(values, dim=2)


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


def resample(values: Tensor, points: int) -> Tensor:
    """Rows of (n, m) read at `points` evenly spaced places, by linear interpolation."""
    place = torch.linspace(0, values.shape[1] - 1, points, device=values.device)
    low = place.floor().long()
    high = (low + 1).clamp_max(values.shape[1] - 1)
    share = place - low
    return values[:, low] * (1 - share) + values[:, high] * share
