"""How many links of the images' own k-NN graph lead from one cluster to another.

    images' neighbours + cluster of each image + pairs of clusters  ->  counts

Linear in the number of links; no matrix of clusters by clusters. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Crossing:
    """out, back : float32 (n, m), links from node i to its j-th neighbour, and from there to i;
    stay : float32 (n,), links of i's images that end within i."""

    out: Tensor
    back: Tensor
    stay: Tensor


def crossing(images: Tensor, cluster: Tensor, neighbors: Tensor) -> Crossing:
    """Count the links between each node and its neighbours.

    Parameters
    ----------
    images : int64 (n0, m0)   neighbours of each image
    cluster : int64 (n0,)     node of each image, 0 to n - 1
    neighbors : int64 (n, m)  neighbours of each node
    """
    n = len(neighbors)
    ends = (cluster[:, None] * n + cluster[images]).flatten()
    pairs, counts = torch.unique(ends, return_counts=True)
    node = torch.arange(n, device=neighbors.device)

    def count(of: Tensor, to: Tensor) -> Tensor:
        wanted = of * n + to
        place = torch.searchsorted(pairs, wanted).clamp_max(len(pairs) - 1)
        return torch.where(pairs[place] == wanted, counts[place], 0).float()

    own = node[:, None].expand_as(neighbors)
    return Crossing(count(own, neighbors), count(neighbors, own), count(node, node))
