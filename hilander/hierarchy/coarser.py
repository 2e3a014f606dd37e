"""Links past the natural level: the closest third of the clusters joins larger ones, level after level.

    k-NN graph of cluster means + cluster sizes  ->  parent

A network that has converged says no to nearly every pair, and its probabilities sort what is left badly; so here
it only forbids (P exactly 0) and tells how sure it would have been. How the rule was chosen: benchmarks/LOG.md.
Departs from the paper, which ends at the natural level. Knows nothing about networks, files or labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.hierarchy.decode import denser

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import KnnGraph

ONE_IN = 3  # of the clusters joins another at each level: their number falls to two thirds


def closest_links(
    graph: KnnGraph, link_prob: NDArray[np.floating[Any]], size: NDArray[np.int64], *, tau: float = 0.0
) -> NDArray[np.int64]:
    """Link the third of the nodes that are closest to a larger neighbour to it; leave the others peaks.

    E(i) = {j in N(i) : s_j > s_i and p_ij > tau};  parent(i) = argmin_{j in E(i)} c_ij, where
    c_ij = (1 - cos_ij) sqrt(s_i s_j / (s_i + s_j)), half way from centroid linkage to Ward's. Equal sizes go to the
    lower number, so there are no cycles. Of nodes equally close the lower numbers are taken; one link at least is
    made unless all E are empty.

    Parameters
    ----------
    graph : over the unit means of the clusters
    link_prob : float (n, m)    P(same cluster), in [0, 1]; pairs with exactly 0, or up to tau, are never joined
    size : int64 (n,)           images in each cluster, >= 1

    Returns
    -------
    parent : int64 (n,)         parent[i] == i marks a peak
    """
    parent = np.arange(graph.n)
    joinable = denser(graph.neighbors, size) & (link_prob > tau)
    child = np.flatnonzero(joinable.any(1))
    if not len(child):
        return parent
    cost = np.where(joinable[child], _cost(graph, size)[child], np.inf)
    best = cost.argmin(1)
    order = np.argsort(cost.min(1), kind="stable")[: max(1, graph.n // ONE_IN)]
    parent[child[order]] = graph.neighbors[child[order], best[order]]
    return parent


def _cost(graph: KnnGraph, size: NDArray[np.int64]) -> NDArray[np.float64]:
    own, theirs = size[:, None].astype(np.float64), size[graph.neighbors].astype(np.float64)
    return np.asarray((1.0 - graph.similarity) * np.sqrt(own * theirs / (own + theirs)))
