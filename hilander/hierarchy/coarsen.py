"""Make the next level's nodes: every tree of links becomes one node, shown by its peak.

Knows nothing about networks or graphs.
Source: Xing et al., ICCV 2021, section 3.1 ("identity feature": the peak's; "average feature": the mean).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from hilander.hierarchy.decode import roots
from hilander.model.base import LevelNodes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def first_nodes(x: NDArray[np.float32]) -> LevelNodes:
    """Every image by itself: its own peak, its own mean."""
    n = len(x)
    return LevelNodes(np.arange(n), x, x, np.ones(n, np.int64))


def coarsen(nodes: LevelNodes, parent: NDArray[np.int64]) -> LevelNodes:
    """The peaks of `parent` as nodes, in ascending order; sizes and means cover all images below them.

    Parameters
    ----------
    parent : int64 (n,)   from `decode.parents_from_links`, over these nodes
    """
    peaks = np.flatnonzero(parent == np.arange(len(parent)))
    group = np.searchsorted(peaks, roots(parent))
    size = np.bincount(group, weights=nodes.size, minlength=len(peaks)).astype(np.int64)
    weight = (nodes.size / size[group]).astype(np.float32)
    gather = csr_array((weight, (group, np.arange(len(group)))), shape=(len(peaks), len(group)))
    of = group if nodes.of is None else group[nodes.of]
    return LevelNodes(nodes.image[peaks], nodes.x[peaks], gather @ nodes.mean, size, of, nodes.origin)
