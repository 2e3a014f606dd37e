"""How many links of the images' own k-NN graph lead from one cluster to another, and how probable they were.

    images' neighbours + cluster of each image  ->  counts, and sums of P, of pairs of clusters

Linear in the number of links; no matrix of clusters by clusters. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hilander.graph.groups import counted, from_steps, in_steps
from hilander.graph.loops import wanted
from hilander.model import crossing_loops as loops


@dataclass(frozen=True)
class ImageLinks:
    """The images' links; or, once they were counted between clusters, one entry for all links of a pair of those.

    Attributes
    ----------
    here, there : int64 (e,)   an image of either end
    count : int64 (e,)         links
    sure : (e,)                sums of their P(same cluster), 0 where it is not known; float64 where several are
        summed; int64 in steps of 2**-32 (`groups.in_steps`) where they may be added in any order
    every : (n0,)              of each image, the sum of P over its links: float32, or int64 as `sure`
    per_image : links of each image
    """

    here: Tensor
    there: Tensor
    count: Tensor
    sure: Tensor
    every: Tensor
    per_image: int

    @classmethod
    def of(cls, neighbors: Tensor, prob: Tensor | None = None, *, whole: bool = False) -> ImageLinks:
        """Neighbors : int64 (n0, m0) of each image; prob : float32 (n0, m0) P of these links, None where not known.

        `whole` : P are added as whole numbers, so that sums are the same in any order, as a card's threads come.
        """
        n, m = neighbors.shape
        known = torch.zeros_like(neighbors, dtype=torch.float32) if prob is None else prob
        known = in_steps(known) if whole else known
        here = torch.arange(n, device=neighbors.device).repeat_interleave(m)
        return cls(
            here, neighbors.flatten(), torch.ones_like(here), known.flatten(), every=known.sum(1), per_image=m
        )

    def between(self, cluster: Tensor, n: int) -> Crossing:
        """Count them between the clusters, 0 to n - 1, that `cluster`, int64 (n0,), puts the images in."""
        count = self._by_loops if wanted(len(cluster), cluster.device) else self._by_torch
        pairs, counts, kept, sure, one = count(cluster[self.here], cluster[self.there], n)
        every = torch.zeros(n, dtype=self.every.dtype, device=cluster.device).index_add_(
            0, cluster, self.every
        )
        degree = counted(cluster, n).float() * self.per_image
        if every.dtype is torch.int64:
            every = from_steps(every)
        merged = ImageLinks(self.here[one], self.there[one], counts, kept, self.every, self.per_image)
        return Crossing(n, pairs, counts, sure.float(), every.float(), degree, merged)

    def _by_torch(self, of: Tensor, to: Tensor, n: int) -> tuple[Tensor, ...]:
        """Pairs of ends; of each its links, their sum of P to go on with, the same as a float, one of its entries."""
        ends = of * n + to
        pairs, place = torch.unique(ends, return_inverse=True)
        count = torch.zeros(len(pairs), dtype=torch.int64, device=ends.device).index_add_(
            0, place, self.count
        )
        kind = torch.int64 if self.sure.dtype is torch.int64 else torch.float64
        kept = torch.zeros(len(pairs), dtype=kind, device=ends.device).index_add_(
            0, place, self.sure.to(kind)
        )
        one = torch.empty_like(pairs)
        one[place] = torch.arange(len(place), device=ends.device)
        return pairs, count, kept, from_steps(kept) if kind is torch.int64 else kept, one

    def _by_loops(self, of: Tensor, to: Tensor, n: int) -> tuple[Tensor, ...]:
        """The same, by compiled loops on the host."""
        here, there = of.numpy(), to.numpy()
        places = [np.arange(len(here)), *np.empty((2, len(here)), np.int64)]
        room = np.empty(n + 1, np.int64)
        loops.sort_by(there, places[0], room, places[1])
        loops.sort_by(here, places[1], room, places[2])
        whole = [np.empty_like(here), np.empty_like(here), np.empty(len(here)), np.empty_like(here)]
        found = loops.add_up(
            places[2], here, there, n, self.count.numpy(), self.sure.double().numpy(), *whole
        )
        pairs, count, kept, one = (torch.from_numpy(column[:found].copy()) for column in whole)
        return pairs, count, kept, kept, one


@dataclass(frozen=True)
class Crossing:
    """Links between n clusters, and sums of their P.

    Attributes
    ----------
    pairs : int64 (p,)            of cluster * n + cluster, ascending: those with links
    count, sure : int64, float32 (p,)   of each pair
    every : float32 (n,)          sum of P over all links of a cluster's images
    degree : float32 (n,)         number of those links
    merged : the same links, for clusters that are made of these
    """

    n: int
    pairs: Tensor
    count: Tensor
    sure: Tensor
    every: Tensor
    degree: Tensor
    merged: ImageLinks

    def links(self, of: Tensor, to: Tensor) -> tuple[Tensor, Tensor]:
        """Number of links from cluster `of` to cluster `to`, and their sum of P: float32, of the shape of both."""
        wanted = of * self.n + to
        at = torch.searchsorted(self.pairs, wanted).clamp_max(len(self.pairs) - 1)
        found = self.pairs[at] == wanted
        return torch.where(found, self.count[at], 0).float(), torch.where(found, self.sure[at], 0)

    def start(self) -> Tensor:
        """int64 (n + 1,): pairs[start[i] : start[i + 1]] are those from cluster i."""
        return torch.searchsorted(self.pairs, torch.arange(self.n + 1, device=self.pairs.device) * self.n)
