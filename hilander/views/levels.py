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


@dataclass(frozen=True)
class LevelRow:
    """One level. Sizes in images; weakest_link: least P(linked) among this level's new links, or None.

    Fp, Fb, NMI (in [0, 1]) are there only where labels are.
    """

    level: int
    natural: bool
    clusters: int
    singletons: int
    largest: int
    median_size: float
    new_links: int
    weakest_link: float | None
    scores: Scores | None = None

    def to_dict(self) -> dict[str, Any]:
        """Column name to value, in the column order of `hilander levels`."""
        row = asdict(self)
        del row["scores"]
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
    return LevelRow(
        level=level,
        natural=level == hierarchy.natural_level,
        clusters=len(size),
        singletons=int((size == 1).sum()),
        largest=int(size.max()),
        median_size=float(np.median(size)),
        new_links=len(merges),
        weakest_link=float(merges.link_prob[0]) if len(merges) else None,
        scores=None if codes is None else scores(codes, labels),
    )
