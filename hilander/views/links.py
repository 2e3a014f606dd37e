"""How many clusters a cut by link probability makes, for any probability at once, and which one makes about so many.

    Hierarchy  ->  LinkCounts (its link probabilities, sorted once)  ->  clusters(min_link), nearest(clusters)

A cut drops links and nothing else, and each dropped link leaves one cluster more. Knows nothing about pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

DECIMALS = range(2, 9)


@dataclass(frozen=True, eq=False)
class LinkCounts:
    """n : images;  prob : float32 (m,), P(linked) of every link there is, ascending."""

    n: int
    prob: NDArray[np.float32]

    def clusters(self, min_link: float) -> int:
        """Clusters of `recut_peaks(min_link)`, in O(log m)."""
        return self.n - len(self.prob) + self._dropped(min_link)

    def curve(self, steps: int) -> list[int]:
        """Clusters at 0, 1/steps, ..., 1."""
        at = np.searchsorted(self.prob, (np.arange(steps + 1) / steps).astype(np.float32), side="left")
        return [self.n - len(self.prob) + dropped for dropped in at.tolist()]

    def nearest(self, clusters: int) -> float:
        """The least link probability whose cut comes nearest to so many clusters, with as few digits as tell it.

        Links of one probability fall together, so not every number of clusters can be had; of two as near, the
        fewer clusters.
        """
        links = len(self.prob)
        wanted = min(max(0, clusters - (self.n - links)), links)
        reachable = [d for d in self._falls(wanted) if self._between(d)[0] < np.float32(1)]
        return self._threshold(min(reachable, key=lambda d: (abs(d - wanted), d)))

    def _dropped(self, min_link: float) -> int:
        return int(np.searchsorted(self.prob, np.float32(min_link), side="left"))

    def _falls(self, wanted: int) -> tuple[int, ...]:
        """The numbers of dropped links next to `wanted`, itself where it does not part equal ones."""
        if wanted == len(self.prob):
            least = self.prob[-1:]
            return (wanted, *(self._dropped(float(value)) for value in least))
        value = self.prob[wanted]
        after = int(np.searchsorted(self.prob, value, side="right"))
        return self._dropped(float(value)), after

    def _between(self, dropped: int) -> tuple[np.float32, np.float32]:
        """A cut drops so many links if its probability is over the first and at most the second."""
        over = self.prob[dropped - 1] if dropped else np.float32(-1)
        return over, self.prob[dropped] if dropped < len(self.prob) else np.float32(1)

    def _threshold(self, dropped: int) -> float:
        over, most = self._between(dropped)
        if dropped == 0:
            return 0.0
        middle = (float(over) + float(most)) / 2
        for decimals in DECIMALS:
            short = round(middle, decimals)
            if over < np.float32(short) <= most:
                return short
        return float(most)


def link_counts(hierarchy: Hierarchy) -> LinkCounts:
    """Sort the link probabilities: O(n log n), once a run."""
    links = hierarchy.parent != np.arange(hierarchy.n)
    return LinkCounts(hierarchy.n, np.sort(hierarchy.link_prob[links]))
