"""Two cuts side by side: of what clusters of the finer one each cluster of the coarser one is made.

    two galleries  ->  Beside  ->  pages of Group

Neither cut has to be a refinement of the other: a piece may lie in a cluster with some of its images only.
Plain numbers: knows nothing about thumbnails, ids or pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hilander.views.gallery import page_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.views.gallery import Gallery

Order = Literal["changed", "largest"]


@dataclass(frozen=True)
class Group:
    """A cluster of the coarser cut (its place in that gallery) and its pieces, most images first.

    Attributes
    ----------
    place : in the coarser gallery
    pieces : places in the finer gallery
    shared : images that each piece has in it
    n_pieces : all of them, those left out of `pieces` too
    """

    place: int
    pieces: tuple[int, ...]
    shared: tuple[int, ...]
    n_pieces: int


@dataclass(frozen=True, eq=False)
class Beside:
    """All groups; arrays by place in the coarser gallery, or piece by piece, a group's together, largest first.

    came : int64 (c,)       images that joined the cluster's largest piece; 0: the cluster is as it was
    pieces, shared : int64  places in the finer gallery, and images that they have in the group
    starts : int64 (c + 1,) where each group begins in `pieces`
    """

    came: NDArray[np.int64]
    pieces: NDArray[np.int64]
    shared: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def n_groups(self) -> int:
        return len(self.came)

    @property
    def n_changed(self) -> int:
        """Clusters of more than one piece."""
        return int((np.diff(self.starts) > 1).sum())

    def page(self, number: int, *, per_page: int, at_most: int, order: Order) -> list[Group]:
        """Groups of page `number` (from 1), with the `at_most` largest pieces each."""
        places = np.arange(self.n_groups)
        if order == "changed":
            places = np.argsort(-self.came, kind="stable")
        first, last = page_bounds(self.n_groups, number, per_page)
        return [self._group(place, at_most) for place in places[first:last].tolist()]

    def _group(self, place: int, at_most: int) -> Group:
        start, end = int(self.starts[place]), int(self.starts[place + 1])
        shown = slice(start, min(end, start + at_most))
        return Group(
            place, tuple(self.pieces[shown].tolist()), tuple(self.shared[shown].tolist()), end - start
        )


def beside(finer: Gallery, coarser: Gallery) -> Beside:
    """Match two cuts of the same images; O(n log n)."""
    wide = finer.n_clusters
    both, shared = np.unique(coarser.place.astype(np.int64) * wide + finer.place, return_counts=True)
    place, piece = np.divmod(both, wide)
    order = np.lexsort((piece, -shared, place))
    place, piece, shared = place[order], piece[order], shared[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=coarser.n_clusters))])
    return Beside(coarser.sizes - shared[starts[:-1]], piece, shared, starts)
