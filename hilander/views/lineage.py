"""An image's peak at each level, with its cluster's size. Knows nothing about pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy


def size_of(hierarchy: Hierarchy, peak: int, level: int) -> int:
    """Images in the cluster of a peak at a level."""
    ladder = hierarchy.ladder
    return int(ladder.sizes[level][np.searchsorted(ladder.peaks[level], peak)])


@dataclass(frozen=True)
class Stay:
    """Levels `first` to `last` at which an image's cluster does not change: its peak, and its size in images."""

    first: int
    last: int
    peak: int
    size: int


def stays(hierarchy: Hierarchy, image: int) -> list[Stay]:
    """An image's lineage, levels that change nothing for it taken together; finest first."""
    found: list[Stay] = []
    for level, peak in enumerate(hierarchy.lineage(image).tolist()):
        size = size_of(hierarchy, peak, level)
        if found and (found[-1].peak, found[-1].size) == (peak, size):
            found[-1] = replace(found[-1], last=level)
        else:
            found.append(Stay(level, level, peak, size))
    return found
