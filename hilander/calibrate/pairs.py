"""A sample of image pairs that stands for all of them, and what the hierarchy says of a pair.

    Hierarchy, cuts  ->  PairSample: pairs, how many each stands for, which cuts join it, its features

Some images are drawn at random; for each, partners from every level at which it meets new ones. So near pairs and
far ones are both there, and weights make up for how they were drawn. Knows nothing about answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hilander.calibrate.cuts import Cut, candidate_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

IMAGES = 250
PARTNERS = 2  # of an image at each level


@dataclass(frozen=True)
class PairSample:
    """m pairs of images and c cuts.

    Attributes
    ----------
    n : images in all
    cuts : the cuts, levels first
    a, b : int64 (m,)           images; a is one of those drawn
    drawn : int64 (m,)          number of image a among the drawn ones, ascending
    weight : float32 (m,)       how many partners of image a this one stands for
    joined : bool (m, c)        whether the cut joins the two
    size : float64 (drawn, c)   images in the drawn image's cluster
    companions : float64 (c,)   others in an image's cluster, mean over all images
    features : float64 (m, f)   see `Chains.features`
    reach : see `Chains.reach`
    """

    n: int
    cuts: list[Cut]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    drawn: NDArray[np.int64]
    weight: NDArray[np.float32]
    joined: NDArray[np.bool_]
    size: NDArray[np.float64]
    companions: NDArray[np.float64]
    features: NDArray[np.float64]
    reach: float

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True)
class Chains:
    """Every cut's labels: the levels, and the links ever looser, are two chains from fine to coarse.

    n, cuts : as above;  levels : how many of the cuts are levels;  natural : the level at which the network stopped
    labels : int32 (c, n)
    """

    n: int
    levels: int
    natural: int
    cuts: list[Cut]
    labels: NDArray[np.int32]

    @classmethod
    def of(cls, hierarchy: Hierarchy) -> Chains:
        cuts = candidate_cuts(hierarchy)
        labels = np.stack([cut.labels(hierarchy) for cut in cuts])
        return cls(hierarchy.n, hierarchy.n_levels + 1, hierarchy.natural_level, cuts, labels)

    @cached_property
    def sizes(self) -> list[NDArray[np.int64]]:
        """Of each cut, the images in each cluster."""
        return [np.bincount(labels) for labels in self.labels]

    @cached_property
    def companions(self) -> NDArray[np.float64]:
        """float64 (c,): others in an image's cluster, mean over the images."""
        return np.array([(size.astype(float) * (size - 1)).sum() / self.n for size in self.sizes])

    @property
    def reach(self) -> float:
        """Log of how many companions, and one more, an image has on average at the natural level."""
        return float(np.log1p(self.companions[self.natural]))

    def joined(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Bool (m, c): whether each cut joins the two."""
        return np.stack([labels[a] == labels[b] for labels in self.labels], axis=1)

    def features(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        """float64 (m, 5): 1, reach by level, reach by link, log size of first common cluster, past the natural level.

        The reach of a pair is the log of how many companions an image has, on average, at the cut that first
        joins the two: how far one must go to find them together. It means the same in every data set and for
        every network. Centred by what is usual. The last is 1 where no level up to the natural one joins the two, which
        is what the network itself says of them, and 0 elsewhere.
        """
        joined = self.joined(a, b)
        level, by_level = self._reach(joined[:, : self.levels], slice(0, self.levels))
        _, by_link = self._reach(joined[:, self.levels :], slice(self.levels, None))
        common = np.full(len(a), float(self.n))
        for one in range(self.levels):
            at = np.flatnonzero(level == one)
            common[at] = self.sizes[one][self.labels[one, a[at]]]
        past = level > self.natural
        return np.column_stack([np.ones(len(a)), by_level - 3, by_link - 3, np.log(common) - 3, past])

    def _reach(
        self, joined: NDArray[np.bool_], chain: slice
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Of each pair, where the chain first joins it (its length: nowhere), and the reach there."""
        length = joined.shape[1]
        first = np.where(joined.any(1), joined.argmax(1), length) if length else np.zeros(len(joined), int)
        steps = np.concatenate([[0.0], self.companions[chain], [self.n - 1.0]])
        return first, np.log1p((steps[first] + steps[first + 1]) / 2)


def sample_pairs(chains: Chains, rng: np.random.Generator) -> PairSample:
    """Draw the images, and for each `PARTNERS` at every level that brings it new ones.

    Images sorted by their clusters, coarsest level first, make every cluster of every level one stretch; so what a
    level adds to an image's cluster is a stretch less an inner one, and a partner is drawn from it at once.
    """
    n, levels = chains.n, chains.levels
    order = np.lexsort(chains.labels[:levels])
    image = np.sort(rng.choice(n, min(IMAGES, n), replace=False))
    bounds = [_stretch(chains.labels[level], order, image) for level in range(levels)]
    bounds.append((np.zeros_like(image), np.full_like(image, n)))
    parts = []
    for (low, high), (outer_low, outer_high) in pairwise(bounds):
        new, left = (outer_high - outer_low) - (high - low), low - outer_low
        for turn in range(PARTNERS):
            at = np.flatnonzero(new > turn)
            several = np.minimum(PARTNERS, new[at])
            step = ((turn + rng.random(len(at))) / several * new[at]).astype(int)
            step = np.minimum(step, new[at] - 1)
            place = np.where(step < left[at], outer_low[at] + step, high[at] + step - left[at])
            parts.append((at, order[place], new[at] / several))
    drawn, b, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    by_image = np.argsort(drawn, kind="stable")
    drawn, b, weight = drawn[by_image], b[by_image], weight[by_image]
    a = image[drawn]
    size = np.stack(
        [sizes[labels[image]] for sizes, labels in zip(chains.sizes, chains.labels, strict=True)], axis=1
    )
    return PairSample(
        n=n,
        cuts=chains.cuts,
        a=a,
        b=b,
        drawn=drawn,
        weight=weight.astype(np.float32),
        joined=chains.joined(a, b),
        size=size.astype(float),
        companions=chains.companions,
        features=chains.features(a, b),
        reach=chains.reach,
    )


def _stretch(
    labels: NDArray[np.int32], order: NDArray[np.int64], image: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First place, and the one past the last, of each image's cluster in `order`."""
    along = labels[order]
    start = np.concatenate([[0], np.flatnonzero(along[1:] != along[:-1]) + 1, [len(along)]])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    which = np.searchsorted(start, place[image], side="right") - 1
    return start[which], start[which + 1]
