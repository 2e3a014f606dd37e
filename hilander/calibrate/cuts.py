"""The cuts that calibration chooses among: every level, and links of at least some probability.

    Hierarchy  ->  list of Cut  ->  labels of each

Knows nothing about answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

QUANTILES = 40  # link probabilities looked at
APART = 0.25  # least difference between two cuts, in the log of an image's mean number of companions


@dataclass(frozen=True)
class Cut:
    """Either a level, or the least probability of the links that hold; the other one is None."""

    level: int | None = None
    min_link: float | None = None

    def labels(self, hierarchy: Hierarchy) -> NDArray[np.int32]:
        """int32 (n,): every image's cluster, numbered from 0."""
        if self.min_link is not None:
            return hierarchy.recut(self.min_link)
        return hierarchy.labels_at(0 if self.level is None else self.level)

    def words(self) -> str:
        """As `hilander cut` takes it: "--level 3" or "--min-link 0.25"."""
        return f"--level {self.level}" if self.min_link is None else f"--min-link {self.min_link!r}"


def candidate_cuts(hierarchy: Hierarchy) -> list[Cut]:
    """Every level from 0 to the last, then link probabilities from the strictest to the loosest.

    The probabilities are quantiles of those of the links, each far enough from the one before to be another cut.
    """
    return [*map(Cut, range(hierarchy.n_levels + 1)), *(Cut(min_link=p) for p in _thresholds(hierarchy))]


def companions(labels: NDArray[np.int32]) -> float:
    """How many others share an image's cluster, mean over the images."""
    size = np.bincount(labels).astype(float)
    return float((size * (size - 1)).sum() / len(labels))


def _thresholds(hierarchy: Hierarchy) -> list[float]:
    """Strictest first."""
    probability = hierarchy.link_prob[hierarchy.parent != np.arange(hierarchy.n)]
    if not len(probability):
        return []
    chosen, last = [], 0.0
    for p in np.unique(np.quantile(probability, np.linspace(0, 1, QUANTILES), method="nearest"))[::-1]:
        reach = np.log1p(companions(hierarchy.recut(float(p))))
        if reach >= last + APART:
            chosen.append(float(p))
            last = reach
    return chosen
