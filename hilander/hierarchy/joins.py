"""Whom new nodes join at one level that exists already: the links of the old nodes stand, new ones are chosen.

    k-NN graph + P(same cluster) + which nodes are new  ->  parent

The rules are those of the level loop (`decode`, `closest`), with one difference: a new node may link to any old one,
denser or not, larger or not. Old nodes link to no new one, so there is no cycle, and in the whole loop the old node
would as well have linked to the new one. Knows nothing about networks, files or labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.hierarchy.closest import cost
from hilander.hierarchy.decode import TIE, VOTES, denser, roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import KnnGraph


def may_join(
    neighbors: NDArray[np.int64], new: NDArray[np.bool_], weight: NDArray[Any], allowed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Bool (n, m): allowed links of new nodes to old ones, and to new ones that are of more weight.

    Parameters
    ----------
    neighbors : int64 (n, m)
    new : bool (n,)
    weight : (n,), densities or sizes; equal ones go to the lower number
    allowed : bool (n, m)
    """
    return np.asarray(new[:, None] & allowed & (~new[neighbors] | denser(neighbors, weight)))


def surest_joins(
    neighbors: NDArray[np.int64], link_prob: NDArray[np.floating[Any]], open_to: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """int64 (n,): the most probable of the links that are open, itself where there is none (Eq. 6)."""
    return _chosen(neighbors, np.where(open_to, link_prob, -1), open_to)


def agreed_joins(
    neighbors: NDArray[np.int64],
    alike: NDArray[np.floating[Any]],
    open_to: NDArray[np.bool_],
    tree: NDArray[np.int64],
) -> NDArray[np.int64]:
    """int64 (n,): links to the tree that a node's neighbours together speak for, as in `decode.agreed_parents`.

    Parameters
    ----------
    alike : float (n, m) in [0, 1], how much each neighbour's word weighs
    open_to : bool (n, m), links that may be chosen; none of old nodes
    tree : int64 (n,), a number for the tree that each old node is in; of new nodes one that is nobody else's
    """
    parent = _chosen(neighbors, np.where(open_to, alike, -1), open_to)
    for _ in range(VOTES):
        near = tree[roots(parent)][neighbors]
        votes = np.stack([(alike * (near == near[:, [j]])).sum(1) for j in range(near.shape[1])], axis=1)
        before, parent = parent, _chosen(neighbors, np.where(open_to, votes + TIE * alike, -1), open_to)
        if np.array_equal(parent, before):
            break
    return parent


def closest_joins(
    graph: KnnGraph, size: NDArray[np.int64], open_to: NDArray[np.bool_], most: float
) -> NDArray[np.int64]:
    """int64 (n,): the closest by `closest.cost` of the links that are open, itself where it costs more than `most`."""
    each = cost(graph.similarity, size[:, None], size[graph.neighbors])
    return _chosen(graph.neighbors, np.where(open_to, -each, -np.inf), open_to & (each <= most))


def _chosen(
    neighbors: NDArray[np.int64], worth: NDArray[np.floating[Any]], open_to: NDArray[np.bool_]
) -> NDArray[np.int64]:
    node = np.arange(len(neighbors))
    return np.where(open_to.any(1), neighbors[node, worth.argmax(1)], node)
