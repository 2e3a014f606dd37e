"""How many links of the images' own k-NN graph lead from one cluster to another, and how probable they were.

    images' neighbours + cluster of each image  ->  counts, and sums of P, of pairs of clusters

Linear in the number of links; no matrix of clusters by clusters. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hilander.graph.groups import counted, from_steps, in_steps
from hilander.graph.loops import wanted
from hilander.model import crossing_loops as loops

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ImageLinks:
    """The images' links; or, once they were counted between clusters, one entry for all links of a pair of those.

    Attributes
    ----------
    here : int64 (r,)          an image
    there : int64 (r, m)       those that it has links to
    count : int64 (r, m)       how many stand for each of these; None is one
    sure : (r, m)              sums of their P(same cluster), 0 where it is not known; float32 of single links, float64
        where several are summed; int64 in steps of 2**-32 (`groups.in_steps`) where they may be added in any order
    every : (n0,)              of each image, the sum of P over its links: float32, or int64 as `sure`
    per_image : links of each image
    """

    here: Tensor
    there: Tensor
    count: Tensor | None
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
        here = torch.arange(n, device=neighbors.device)
        return cls(here, neighbors, None, known, every=known.sum(1), per_image=m)

    def between(self, cluster: Tensor, n: int) -> Crossing:
        """Count them between the clusters, 0 to n - 1, that `cluster`, int64 (n0,), puts the images in."""
        count = self._by_loops if wanted(len(cluster), cluster.device) else self._by_torch
        pairs, sure, merged = count(cluster, n)
        every = torch.zeros(n, dtype=self.every.dtype, device=cluster.device).index_add_(
            0, cluster, self.every
        )
        degree = counted(cluster, n).float() * self.per_image
        if every.dtype is torch.int64:
            every = from_steps(every)
        assert merged.count is not None
        return Crossing(n, pairs, merged.count[:, 0], sure.float(), every.float(), degree, merged)

    def _by_torch(self, cluster: Tensor, n: int) -> tuple[Tensor, Tensor, ImageLinks]:
        """Pairs of clusters, (p,); of each the sum of P; and the links of each as one."""
        ends = (cluster[self.here][:, None] * n + cluster[self.there]).flatten()
        pairs, place = torch.unique(ends, return_inverse=True)
        each = torch.ones_like(ends) if self.count is None else self.count.flatten()
        count = torch.zeros_like(pairs).index_add_(0, place, each)
        kind = torch.int64 if self.sure.dtype is torch.int64 else torch.float64
        kept = torch.zeros(len(pairs), dtype=kind, device=ends.device)
        kept.index_add_(0, place, self.sure.flatten().to(kind))
        one = torch.empty_like(pairs)
        one[place] = torch.arange(len(place), device=ends.device)
        here = self.here[one // max(1, self.there.shape[1])]
        merged = self._merged(here, self.there.flatten()[one], count, kept)
        return pairs, from_steps(kept) if kind is torch.int64 else kept, merged

    def _by_loops(self, cluster: Tensor, n: int) -> tuple[Tensor, Tensor, ImageLinks]:
        """The same, by compiled loops on the host."""
        of, own = cluster.numpy(), cluster[self.here].numpy()
        there = self.there.contiguous().numpy()
        order, ends = _sorted_by(own, n)
        columns = [np.empty(there.size, np.int64) for _ in range(5)]
        sums, single = np.empty(there.size), self.count is None
        counts = np.empty((0, 0), np.int64) if self.count is None else self.count.numpy()
        prob = self.sure.float() if single else torch.empty(0, 0)
        sure = torch.empty(0, 0, dtype=torch.float64) if single else self.sure.double()
        given = order, ends, self.here.numpy(), there, of, counts, prob.contiguous().numpy(), sure.numpy()
        found = loops.add_up(*given, np.full(n, -1), *columns, sums)
        from_, to = (column[:found] for column in columns[:2])
        rank = _sorted_by(from_, n, _sorted_by(to, n)[0])[0]
        pairs, here, target, count, kept = (
            torch.from_numpy(one[:found][rank]) for one in (from_ * n + to, *columns[2:], sums)
        )
        return pairs, kept, self._merged(here, target, count, kept)

    def _merged(self, here: Tensor, there: Tensor, count: Tensor, sure: Tensor) -> ImageLinks:
        each = there[:, None], count[:, None], sure[:, None]
        return ImageLinks(here, *each, self.every, self.per_image)


def _sorted_by(
    key: NDArray[np.int64], n: int, before: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Entries in ascending order of their keys, 0 to n - 1, equal ones as `before`; and where each key's end."""
    order, ends = np.empty(len(key), np.int64), np.empty(n + 1, np.int64)
    loops.sort_by(key, np.arange(len(key)) if before is None else before, ends, order)
    return order, ends[:n]


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
