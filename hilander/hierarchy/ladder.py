"""The nodes of every level of a forest and the steps from each level's to the next, made once.

    forest  ->  peaks of a level, or of a cut that goes to another level in some branches, by steps down

About 1.6 to 3 n numbers in all, since every level has fewer nodes than the one below. Knows nothing about cuts, files
or pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from hilander.hierarchy.decode import roots

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ladder:
    """A node of level l is one of its clusters; a node's place is its number there, in the order of the peaks.

    Attributes
    ----------
    peaks : for each level, int64 (nodes,), the peak image of every node, ascending. Level 0: the images
    up : for each level from 1, int64 (nodes of the level below,), place of the node that each becomes part of
    """

    peaks: tuple[NDArray[np.int64], ...]
    up: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, parent: NDArray[np.int64], merge_level: NDArray[np.int16], n_levels: int) -> Self:
        nodes = np.arange(len(parent))
        node, peaks, up = nodes, [nodes], []  # node: place in `nodes` of every image that was ever one
        for level in range(1, n_levels + 1):
            joins = merge_level[nodes] <= level
            above = roots(np.where(joins, node[parent[nodes]], np.arange(len(nodes))))
            kept = np.flatnonzero(~joins)
            place = np.empty(len(nodes), np.int64)
            place[kept] = np.arange(len(kept))
            up.append(place[above])
            node, nodes = up[-1][node], nodes[kept]
            peaks.append(nodes)
        return cls(tuple(peaks), tuple(up))

    @property
    def n_levels(self) -> int:
        return len(self.up)

    @cached_property
    def sizes(self) -> tuple[NDArray[np.int64], ...]:
        """For each level, int64 (nodes,), the images of every node."""
        found = [np.ones(len(self.peaks[0]), np.int64)]
        for step, peaks in zip(self.up, self.peaks[1:], strict=True):
            found.append(np.bincount(step, weights=found[-1], minlength=len(peaks)).astype(np.int64))
        return tuple(found)

    def peak_of(self, level: int) -> NDArray[np.int64]:
        """int64 (n,): the peak of every image's cluster at a level."""
        found = self.peaks[level]
        for step in reversed(self.up[:level]):
            found = found[step]
        return found.copy() if level == 0 else found

    def places(self, image: int) -> list[int]:
        """Place, at each level from 0, of the node that an image is in."""
        found = [image]
        for step in self.up:
            found.append(int(step[found[-1]]))
        return found
