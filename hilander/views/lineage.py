"""An image's peak at each level, with sizes: those of all clusters at all levels are worked out at once.

Levels hold fewer and fewer clusters, so all of it is little more than the first. Knows nothing about pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hilander.hierarchy.decode import roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy


def sizes_by_level(hierarchy: Hierarchy) -> list[NDArray[np.int64]]:
    """For each level from 0: images in each cluster, parallel to `peaks_at`. O(n + clusters of all levels)."""
    peaks = np.arange(hierarchy.n)
    found = [np.ones(hierarchy.n, np.int64)]
    for level in range(1, hierarchy.n_levels + 1):
        stays = hierarchy.merge_level[peaks] > level
        up = np.where(stays, np.arange(len(peaks)), np.searchsorted(peaks, hierarchy.parent[peaks]))
        size = np.bincount(roots(up), weights=found[-1], minlength=len(peaks)).astype(np.int64)
        found.append(size[stays])
        peaks = peaks[stays]
    return found


def size_of(hierarchy: Hierarchy, sizes: list[NDArray[np.int64]], peak: int, level: int) -> int:
    """Images in the cluster of a peak at a level; sizes : as `sizes_by_level` gives them."""
    return int(sizes[level][np.count_nonzero(hierarchy.merge_level[:peak] > level)])


@dataclass(frozen=True)
class Stay:
    """Levels `first` to `last` at which an image's cluster does not change: its peak, and its size in images."""

    first: int
    last: int
    peak: int
    size: int


def stays(hierarchy: Hierarchy, sizes: list[NDArray[np.int64]], image: int) -> list[Stay]:
    """An image's lineage, levels that change nothing for it taken together; finest first."""
    found: list[Stay] = []
    for level, peak in enumerate(hierarchy.lineage(image).tolist()):
        size = size_of(hierarchy, sizes, peak, level)
        if found and (found[-1].peak, found[-1].size) == (peak, size):
            found[-1] = replace(found[-1], last=level)
        else:
            found.append(Stay(level, level, peak, size))
    return found
