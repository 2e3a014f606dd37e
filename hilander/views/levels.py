"""The level table: one row a level, from a hierarchy and, where there are some, labels.

Knows nothing about how rows are shown (terminal, JSON, page).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.metrics import Scores, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

NOT_LISTED = ("median_link", "by_size", "images_by_size", "scores")


@dataclass(frozen=True)
class LevelRow:
    """One level. Sizes in images; weakest_link, median_link: of P(linked) of this level's new links, or None.

    by_size : number of clusters of 1, 2 to 3, 4 to 7, ... images, up to those of the largest cluster
    images_by_size : images in them
    scores : Fp, Fb, NMI (in [0, 1]), there only where labels are
    """

    level: int
    natural: bool
    clusters: int
    singletons: int
    largest: int
    median_size: float
    new_links: int
    weakest_link: float | None
    median_link: float | None = None
    by_size: tuple[int, ...] = ()
    images_by_size: tuple[int, ...] = ()
    scores: Scores | None = None

    def to_dict(self) -> dict[str, Any]:
        """Column name to value, in the column order of `hilander levels`."""
        row = {name: value for name, value in asdict(self).items() if name not in NOT_LISTED}
        return row | (asdict(self.scores) if self.scores else {})


def level_table(hierarchy: Hierarchy, codes: NDArray[np.int64] | None = None) -> list[LevelRow]:
    """One row for each level from 0 to the last.

    Parameters
    ----------
    codes : int64 (n,)   identity of each image, -1 where unknown; without any known one there are no scores
    """
    if codes is not None and not (codes >= 0).any():
        codes = None
    return [_row(hierarchy, level, codes) for level in range(hierarchy.n_levels + 1)]


def _row(hierarchy: Hierarchy, level: int, codes: NDArray[np.int64] | None) -> LevelRow:
    labels = hierarchy.labels_at(level)
    size = np.bincount(labels)
    merges = hierarchy.merges(level)
    by_size, images_by_size = size_histogram(size)
    return LevelRow(
        level=level,
        natural=level == hierarchy.natural_level,
        clusters=len(size),
        singletons=int((size == 1).sum()),
        largest=int(size.max()),
        median_size=float(np.median(size)),
        new_links=len(merges),
        weakest_link=float(merges.link_prob[0]) if len(merges) else None,
        median_link=float(np.median(merges.link_prob)) if len(merges) else None,
        by_size=by_size,
        images_by_size=images_by_size,
        scores=None if codes is None else scores(codes, labels),
    )


def size_histogram(size: NDArray[np.int64]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Clusters, and images in them, by size: bin b holds clusters of 2^b to 2^(b+1) - 1 images.

    Parameters
    ----------
    size : int64 (c,)   images of each cluster, 1 or more
    """
    bins = np.frexp(size.astype(float))[1] - 1  # exact, unlike a logarithm
    images = np.bincount(bins, weights=size)
    return tuple(np.bincount(bins).tolist()), tuple(images.astype(int).tolist())
