"""A cut held against known labels: identities split over clusters, clusters that mix identities, worst first.

    codes (identity of each image), Gallery  ->  Audit;      Hierarchy, codes  ->  the counts at every level

One sort over the labelled images; everything after that is over the cells of the table (identity, cluster) that
hold images. Images without a label count for nothing here. Knows nothing about names, thumbnails or Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hilander.metrics import Scores, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from hilander.views.gallery import Gallery

Order = Literal["images", "share"]


@dataclass(frozen=True)
class Part:
    """One cell: `other` is the cluster's place (of an identity) or the identity (of a cluster); image is one of its
    `count` images, the cluster's peak if that is among them."""

    other: int
    count: int
    image: int


@dataclass(frozen=True, eq=False)
class Side:
    """Identities with the clusters that hold them, or clusters with the identities in them; g groups, c cells.

    Attributes
    ----------
    key : int64 (g,)      identity, or place of the cluster in the gallery; ascending
    total : int64 (g,)    labelled images
    parts : int64 (g,)    cells: 1 of an identity that is whole, or a cluster that is pure
    astray : int64 (g,)   labelled images outside the largest cell
    starts : int64 (g + 1,) where each group begins in the next three
    other, count, image : int64 (c,) as in `Part`, a group's largest cell first
    """

    key: NDArray[np.int64]
    total: NDArray[np.int64]
    parts: NDArray[np.int64]
    astray: NDArray[np.int64]
    starts: NDArray[np.int64]
    other: NDArray[np.int64]
    count: NDArray[np.int64]
    image: NDArray[np.int64]

    @property
    def n_broken(self) -> int:
        """Groups of more than one cell: split identities, mixed clusters."""
        return int((self.parts > 1).sum())

    @property
    def n_whole(self) -> int:
        return len(self.key) - self.n_broken

    def share(self, group: int) -> float:
        """Share of the labelled images outside the largest cell, in [0, 1): a cluster's impurity."""
        return float(self.astray[group] / self.total[group])

    def worst(self, by: Order = "images") -> NDArray[np.int64]:
        """The broken groups, most astray first: by images, or by share of their images; ties by parts, then key."""
        broken = np.flatnonzero(self.parts > 1)
        astray, total = self.astray[broken], self.total[broken]
        first, second = (astray / total, astray) if by == "share" else (astray, astray / total)
        return broken[np.lexsort((broken, -self.parts[broken], -second, -first))]

    def cells(self, group: int, at_most: int) -> list[Part]:
        """The largest cells of a group."""
        first, last = int(self.starts[group]), int(self.starts[group + 1])
        rows = (self.other, self.count, self.image)
        found = zip(*(it[first : min(last, first + at_most)].tolist() for it in rows), strict=True)
        return [Part(*cell) for cell in found]

    def group_of(self, key: int) -> int | None:
        """Where an identity, or a cluster's place, stands; None where it has no labelled image."""
        at = int(np.searchsorted(self.key, key))
        return at if at < len(self.key) and self.key[at] == key else None


@dataclass(frozen=True, eq=False)
class Audit:
    """identities, clusters : the two sides; labelled : images with a label; scores : Fp, Fb, NMI over those."""

    identities: Side
    clusters: Side
    labelled: int
    scores: Scores


@dataclass(frozen=True)
class LevelCounts:
    """How many identities are split and whole, and how many clusters mix identities and are pure, at one level."""

    level: int
    split: int
    whole: int
    mixed: int
    pure: int


def audit(codes: NDArray[np.int64], gallery: Gallery) -> Audit:
    """Hold a cut against labels; O(n log n).

    Parameters
    ----------
    codes : int64 (n,)   identity of each image, -1 where unknown; at least one is known
    gallery : the cut
    """
    identities, clusters = sides(codes, gallery)
    return Audit(identities, clusters, int((codes >= 0).sum()), scores(codes, gallery.place))


def sides(codes: NDArray[np.int64], gallery: Gallery) -> tuple[Side, Side]:
    """The table of identities and clusters, by identity and by cluster; as `audit`."""
    rows = gallery.members[codes[gallery.members] >= 0]  # cluster by cluster, peaks first
    width = int(codes.max()) + 1
    cell, first, count = np.unique(
        gallery.place[rows] * width + codes[rows], return_index=True, return_counts=True
    )
    place, identity = np.divmod(cell, width)
    image = rows[first]
    return _side(identity, place, count, image), _side(place, identity, count, image)


def level_counts(hierarchy: Hierarchy, codes: NDArray[np.int64]) -> list[LevelCounts]:
    """The counts at every level from 0; each level joins the cells of the one before, so they grow fewer."""
    found = []
    node = np.flatnonzero(codes >= 0)
    identity = codes[node]
    width = int(codes.max()) + 1
    for level in range(hierarchy.n_levels + 1):
        node, identity = np.divmod(np.unique(hierarchy.peak_of(level)[node] * width + identity), width)
        clusters = np.bincount(node)
        identities = np.bincount(identity)
        found.append(
            LevelCounts(
                level=level,
                split=int((identities > 1).sum()),
                whole=int((identities == 1).sum()),
                mixed=int((clusters > 1).sum()),
                pure=int((clusters == 1).sum()),
            )
        )
    return found


def usual_first(codes: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """A cluster's most common identity, and its images of another one, the rarest identity first.

    Among identities of one size the lowest is the most common. (-1, none) where no image has a label.
    """
    known = rows[codes[rows] >= 0]
    if not len(known):
        return -1, known
    identities, which, count = np.unique(codes[known], return_inverse=True, return_counts=True)
    usual = int(count.argmax())
    order = np.lexsort((which, count[which]))
    order = order[which[order] != usual]
    return int(identities[usual]), known[order]


def _side(
    key: NDArray[np.int64], other: NDArray[np.int64], count: NDArray[np.int64], image: NDArray[np.int64]
) -> Side:
    order = np.lexsort((other, -count, key))
    key, other, count, image = key[order], other[order], count[order], image[order]
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    total = np.add.reduceat(count, begins)
    starts = np.append(begins, len(key))
    return Side(key[begins], total, np.diff(starts), total - count[begins], starts, other, count, image)
