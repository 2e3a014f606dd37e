"""The clusters of a cut that lie nearest to one of them: should these be one?

    embeddings, cut  ->  peaks that are most alike  ->  of these, the clusters whose means are  ->  NearCluster

Comparing all peaks is one product; means are taken of the few clusters that are left. Knows nothing about ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.views.members import cosines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from hilander.views.gallery import Gallery

CANDIDATES = 48
SAMPLE = 200  # images of a cluster that its mean is taken of, evenly over it


@dataclass(frozen=True)
class NearCluster:
    """One of the nearest.

    peak, size : of it, in images
    means : cosine of the two clusters' mean embeddings;  peaks : of the two peaks; both in [-1, 1]
    joined : the level at which the two are in one cluster; None if they never are
    """

    peak: int
    size: int
    means: float
    peaks: float
    joined: int | None


def nearest_clusters(
    hierarchy: Hierarchy, x: NDArray[np.float32], gallery: Gallery, peak: int, count: int
) -> list[NearCluster]:
    """The `count` clusters whose means are most alike to that of the cluster of `peak`, most alike first.

    O(c d) for c clusters of a cut; x : float32 (n, d), unit rows, maybe memory-mapped.
    """
    others = gallery.ascending[gallery.ascending != peak]
    if not len(others):
        return []
    alike = cosines(x, others, np.asarray(x[peak]))
    kept = _largest(alike, CANDIDATES)
    mine = _mean(x, gallery, peak)
    means = np.array([float(_mean(x, gallery, int(other)) @ mine) for other in others[kept]])
    best = np.lexsort((others[kept], -means))[:count]
    lineage = hierarchy.lineage(peak)
    return [
        NearCluster(
            int(others[at]),
            len(gallery.rows(gallery.place_of(int(others[at])))),
            float(np.clip(means[i], -1, 1)),
            float(alike[at]),
            _joined(lineage, hierarchy.lineage(int(others[at]))),
        )
        for i, at in zip(best, kept[best], strict=True)
    ]


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    return np.argpartition(-values, count)[:count] if len(values) > count else np.arange(len(values))


def _mean(x: NDArray[np.float32], gallery: Gallery, peak: int) -> NDArray[np.float32]:
    """Unit float32 (d,): direction of the mean of at most `SAMPLE` of a cluster's images."""
    rows = gallery.rows(gallery.place_of(peak))
    if len(rows) > SAMPLE:
        rows = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.int64)]
    mean = np.asarray(x[np.sort(rows)]).mean(0)
    length = np.linalg.norm(mean)
    return np.asarray(mean / length if length > 0 else mean, np.float32)


def _joined(one: NDArray[np.int64], other: NDArray[np.int64]) -> int | None:
    same = np.flatnonzero(one == other)
    return int(same[0]) if len(same) else None
