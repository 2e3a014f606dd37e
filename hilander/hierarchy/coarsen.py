"""Make the next level's nodes: every tree of links becomes one node, shown by its peak.

Arrays are numpy's, or tensors of a card, which is waited for once: how many nodes there are makes a shape.
Knows nothing about networks or graphs.
Source: Xing et al., ICCV 2021, section 3.1 ("identity feature": the peak's; "average feature": the mean).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from hilander.graph.either import Array, as_float, flat_places, numbered, on_card
from hilander.graph.groups import added, weighted_sums
from hilander.hierarchy.decode import roots
from hilander.model.base import LevelNodes


def first_nodes(x: Array) -> LevelNodes:
    """Every image by itself: its own peak, its own mean."""
    node = numbered(x)
    return LevelNodes(node, x, x, node * 0 + 1)


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

    peaks: Array
    of: Array
    size: Array
    weight: Array

    @classmethod
    def made_by(cls, parent: Array, size: Array) -> Self:
        """Of links, as `decode` makes them, between nodes of so many images."""
        peaks = flat_places(parent == numbered(parent))
        place = numbered(parent) * 0
        place[peaks] = numbered(peaks)
        of = place[roots(parent)]
        whole = _sums(size, of, len(peaks))
        return cls(peaks, of, whole, as_float(as_float(size, 64) / whole[of]))


def _sums(size: Array, group: Array, n: int) -> Array:
    if on_card(size):
        return added(size, group, n)
    return np.bincount(group, weights=size, minlength=n).astype(np.int64)


def coarsen(nodes: LevelNodes, parent: Array) -> LevelNodes:
    """The peaks of `parent` as nodes, in ascending order; sizes and means cover all images below them.

    Parameters
    ----------
    parent : int64 (n,)   from `decode.parents_from_links`, over these nodes
    """
    groups = Groups.made_by(parent, nodes.size)
    mean = means(groups.of, groups.weight, nodes.mean, len(groups.peaks))
    return next_nodes(nodes, groups, mean)


def means(group: Array, weight: Array, x: Array, n: int) -> Array:
    """float32 (n, d): sums of the rows of x in each of n groups, each times its weight, one after the other."""
    if on_card(x):
        return weighted_sums(group, weight, x, n)
    gather = csr_array((weight, (group, np.arange(len(group)))), shape=(n, len(group)))
    return np.asarray(gather @ x)


def next_nodes(nodes: LevelNodes, groups: Groups, mean: Array) -> LevelNodes:
    """The next level's nodes, of float32 (c, d) means of the groups."""
    of = groups.of if nodes.of is None else groups.of[nodes.of]
    image, x = nodes.image[groups.peaks], nodes.x[groups.peaks]
    return LevelNodes(image, x, mean, groups.size, of, nodes.origin)
