"""How many links of the images' own k-NN graph lead from one cluster to another, and how probable they were.

    images' neighbours + cluster of each image + pairs of clusters  ->  counts, and sums of P

Linear in the number of links; no matrix of clusters by clusters. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Crossing:
    """Links, and sums of their P(same cluster) as judged between the images.

    Attributes
    ----------
    out, back : float32 (n, m)    links from node i to its j-th neighbour, and from there to i
    stay : float32 (n,)           links of i's images that end within i
    sure_out, sure_back, sure_stay : the same, each link counted by its P; 0 where P is not known
    sure_all : float32 (n,)       of all links of i's images
    """

    out: Tensor
    back: Tensor
    stay: Tensor
    sure_out: Tensor
    sure_back: Tensor
    sure_stay: Tensor
    sure_all: Tensor

    @property
    def held(self) -> Tensor:
        """float32 (n,): mean P of the links within a node; 0 without any."""
        return self.sure_stay / self.stay.clamp_min(1)


def crossing(images: Tensor, cluster: Tensor, neighbors: Tensor, prob: Tensor | None = None) -> Crossing:
    """Count the links between each node and its neighbours.

    Parameters
    ----------
    images : int64 (n0, m0)   neighbours of each image
    cluster : int64 (n0,)     node of each image, 0 to n - 1
    neighbors : int64 (n, m)  neighbours of each node
    prob : float32 (n0, m0)   P(same cluster) of the images' links; None where not known
    """
    n = len(neighbors)
    ends = (cluster[:, None] * n + cluster[images]).flatten()
    pairs, place, counts = torch.unique(ends, return_inverse=True, return_counts=True)
    known = torch.zeros_like(images, dtype=torch.float32) if prob is None else prob
    sums = torch.zeros(len(pairs), device=images.device).index_add_(0, place, known.flatten())
    every = torch.zeros(n, device=images.device).index_add_(0, cluster, known.sum(1))
    node = torch.arange(n, device=neighbors.device)
    own = node[:, None].expand_as(neighbors)

    def both(of: Tensor, to: Tensor) -> tuple[Tensor, Tensor]:
        wanted = of * n + to
        at = torch.searchsorted(pairs, wanted).clamp_max(len(pairs) - 1)
        found = pairs[at] == wanted
        return torch.where(found, counts[at], 0).float(), torch.where(found, sums[at], 0)

    (out, sure_out), (back, sure_back), (stay, sure_stay) = (
        both(*pair) for pair in ((own, neighbors), (neighbors, own), (node, node))
    )
    return Crossing(out, back, stay, sure_out, sure_back, sure_stay, every)
