"""What a cut has joined last and what would be joined next, link by link: the difference of two levels.

    hierarchy, cut  ->  links, least probable first  ->  the two clusters that each joins

A cut at level L: the links that level L made, or those that level L + 1 makes. In a mixed cut the same, each branch
by its own level. A cut by links: those that hold by the least, or those that fall short by the least.
Knows nothing about ids or thumbnails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.cuts import Cut
    from hilander.hierarchy.forest import Hierarchy

Step = Literal["last", "next"]


@dataclass(frozen=True)
class Joins:
    """Links, least probable first.

    child : int64 (m,), the images whose links these are;  prob : float32 (m,), their link probabilities
    """

    child: NDArray[np.int64]
    prob: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.child)

    def between(self, least: float, most: float) -> Joins:
        """Those with a link probability in [least, most]."""
        first = int(np.searchsorted(self.prob, np.float32(least), "left"))
        last = int(np.searchsorted(self.prob, np.float32(most), "right"))
        return Joins(self.child[first:last], self.prob[first:last])

    def page(self, first: int, last: int, *, surest_first: bool) -> NDArray[np.int64]:
        """Children of some of them, counted from the least or from the most probable."""
        return self.child[::-1][first:last] if surest_first else self.child[first:last]


def joins(hierarchy: Hierarchy, cut: Cut, step: Step) -> Joins:
    """The links that made this cut out of the one before, or that would make the next one. O(n log n)."""
    child = _children(hierarchy, cut, step)
    prob = np.asarray(hierarchy.link_prob[child])
    order = np.argsort(prob, kind="stable")
    return Joins(child[order], prob[order])


def _children(hierarchy: Hierarchy, cut: Cut, step: Step) -> NDArray[np.int64]:
    linked = hierarchy.merge_level <= hierarchy.n_levels
    if cut.min_link is not None:
        holds = hierarchy.link_prob >= np.float32(cut.min_link)
        return np.flatnonzero(linked & (holds if step == "last" else ~holds))
    at = np.asarray(cut.level_of(hierarchy) if cut.changes else np.int16(cut.level))
    return np.flatnonzero(linked & (hierarchy.merge_level == at + (step == "next")))


def joined_inside(hierarchy: Hierarchy, peak: int, level: int) -> Joins:
    """The links by which a cluster of a level, from 1, was made of clusters of the level below."""
    child = hierarchy.children(peak, level)[1:]
    prob = np.asarray(hierarchy.link_prob[child])
    order = np.argsort(prob, kind="stable")
    return Joins(child[order], prob[order])
