"""Make the next level's nodes: every tree of links becomes one node, shown by its peak.

Knows nothing about networks or graphs.
Source: Xing et al., ICCV 2021, section 3.1 ("identity feature": the peak's; "average feature": the mean).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

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


@dataclass(frozen=True)
class Groups:
    """Trees of links as groups of nodes.

    Attributes
    ----------
    peaks : int64 (c,)      the node that each group is shown by, ascending
    of : int64 (n,)         the group of each node
    size : int64 (c,)       images in each group
    weight : float32 (n,)   the share of its group's images that each node has
    """

    peaks: NDArray[np.int64]
    of: NDArray[np.int64]
    size: NDArray[np.int64]
    weight: NDArray[np.float32]

    @classmethod
    def made_by(cls, parent: NDArray[np.int64], size: NDArray[np.int64]) -> Self:
        """Of links, as `decode` makes them, between nodes of so many images."""
        peaks = np.flatnonzero(parent == np.arange(len(parent)))
        of = np.searchsorted(peaks, roots(parent))
        whole = np.bincount(of, weights=size, minlength=len(peaks)).astype(np.int64)
        return cls(peaks, of, whole, (size / whole[of]).astype(np.float32))


def coarsen(nodes: LevelNodes, parent: NDArray[np.int64]) -> LevelNodes:
    """The peaks of `parent` as nodes, in ascending order; sizes and means cover all images below them.

    Parameters
    ----------
    parent : int64 (n,)   from `decode.parents_from_links`, over these nodes
    """
    groups = Groups.made_by(parent, nodes.size)
    mean = means(groups.of, groups.weight, nodes.mean, len(groups.peaks))
    return next_nodes(nodes, groups, mean)


def means(
    group: NDArray[np.int64], weight: NDArray[np.float32], x: NDArray[np.float32], n: int
) -> NDArray[np.float32]:
    """float32 (n, d): sums of the rows of x in each of n groups, each times its weight, one after the other."""
    gather = csr_array((weight, (group, np.arange(len(group)))), shape=(n, len(group)))
    return np.asarray(gather @ x)


def next_nodes(nodes: LevelNodes, groups: Groups, mean: NDArray[np.float32]) -> LevelNodes:
    """The next level's nodes, of float32 (c, d) means of the groups."""
    of = groups.of if nodes.of is None else groups.of[nodes.of]
    image, x = nodes.image[groups.peaks], nodes.x[groups.peaks]
    return LevelNodes(image, x, mean, groups.size, of, nodes.origin)
