"""The peak of every image at several levels at once, each level made from the one below it.

Knows nothing about cuts, files or pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from hilander.hierarchy.decode import roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy


def peaks_by_level(hierarchy: Hierarchy, levels: Iterable[int]) -> dict[int, NDArray[np.int64]]:
    """Level -> `hierarchy.peak_of(level)`, int64 (n,); links are followed over the peaks of the level below only."""
    found: dict[int, NDArray[np.int64]] = {}
    nodes = np.arange(hierarchy.n)  # the peaks of the level done last
    node = nodes  # place in `nodes` of every image's peak
    for level in sorted(set(levels)):
        joins = hierarchy.merge_level[nodes] <= level
        above = np.where(joins, node[hierarchy.parent[nodes]], np.arange(len(nodes)))
        top = roots(above)
        found[level] = nodes[top[node]]
        kept = np.flatnonzero(~joins)
        place = np.empty(len(nodes), np.int64)
        place[kept] = np.arange(len(kept))
        node, nodes = place[top][node], nodes[kept]
    return found
