"""What cutting one cluster's branch deeper or higher would do, before anybody does it.

Works on the clusters of the cut and the members of one of them: no peaks of all images are made again.
Knows nothing about URLs or pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.hierarchy.decode import roots

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy
    from hilander.views.gallery import Gallery


@dataclass(frozen=True)
class Move:
    """The branch cut at another level.

    Attributes
    ----------
    level : the level it would be cut at
    clusters : its clusters afterwards (1 when it merges)
    others : clusters of the present cut that it would be joined with (0 when it splits)
    images : images in the branch afterwards
    """

    level: int
    clusters: int
    others: int
    images: int

    @property
    def splits(self) -> bool:
        return self.clusters > 1


@dataclass(frozen=True)
class Moves:
    """A cluster of a cut by levels and where it could be cut instead; None where that is impossible.

    Attributes
    ----------
    level, usual : the level it lies at, and that of the cut
    deeper : the next level down at which it is more than one cluster
    higher : the next level up at which it is joined with others
    back : to `usual`; None when it lies there
    """

    level: int
    usual: int
    deeper: Move | None
    higher: Move | None
    back: Move | None


def moves_of(hierarchy: Hierarchy, gallery: Gallery, peak: int, level: int, usual: int) -> Moves:
    """The moves of the cluster of `peak`.

    Parameters
    ----------
    gallery : of the present cut, one by levels
    peak : of one of its clusters, which lies at `level`
    usual : the cut's own level
    """
    place = gallery.place_of(peak)
    parts = _parts(hierarchy, gallery.rows(place))
    size = int(gallery.sizes[place])
    below = np.flatnonzero(parts[:level] > 1)
    deeper = Move(int(below[-1]), int(parts[below[-1]]), 0, size) if len(below) else None
    links = _Links.of(hierarchy, gallery)
    up = links.next_level(place, hierarchy.n_levels)
    higher = None if up is None else links.joined(place, up)
    back = None
    if usual < level:
        back = Move(usual, int(parts[usual]), 0, size)
    elif usual > level:
        back = links.joined(place, usual)
    return Moves(level, usual, deeper, higher, back)


def parts_of(gallery: Gallery, rows: np.ndarray) -> np.ndarray:
    """Places, largest first, of the clusters of a cut that some images (rows) are in."""
    return np.unique(gallery.place[rows])


def _parts(hierarchy: Hierarchy, rows: np.ndarray) -> np.ndarray:
    """Clusters that these images are at each level from 0 to n_levels: those of them that are peaks there."""
    when = np.bincount(hierarchy.merge_level[rows], minlength=hierarchy.n_levels + 2)
    return len(rows) - np.cumsum(when)[:-1]


@dataclass(frozen=True)
class _Links:
    """The clusters of a cut as nodes: `into` the node that each one's peak links to, at the level `when`."""

    into: np.ndarray
    when: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, hierarchy: Hierarchy, gallery: Gallery) -> _Links:
        into = gallery.place[hierarchy.parent[gallery.peaks]]
        return cls(into, hierarchy.merge_level[gallery.peaks], gallery.sizes)

    def next_level(self, place: int, last: int) -> int | None:
        """The level at which the cluster is joined with another; None where that never happens."""
        touching = self.into == place
        touching[place] = True
        level = int(self.when[touching].min())
        return level if level <= last else None

    def joined(self, place: int, level: int) -> Move:
        nodes = np.arange(len(self.into))
        top = roots(np.where(self.when <= level, self.into, nodes))
        together = top == top[place]
        images = int(self.sizes[together].sum())
        return Move(level, 1, int(np.count_nonzero(together)) - 1, images)
