"""Links of clusters to the closest larger ones: a third of them a level past the natural one, or all that may.

    k-NN graph of cluster means + cluster sizes  ->  parent

Among clusters a network's probabilities tell better whether to join than whom: here they forbid, and distance
chooses. Up to the natural level what is not above tau is forbidden (`linking` "agreed"); past it P exactly 0 alone,
since a network that has converged says no to nearly every pair. How the rule was chosen: benchmarks/LOG.md.
Departs from the paper. Arrays are numpy's, or tensors of a card (`graph.either`). Knows nothing about networks, files
or labels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hilander.graph.either import Array, as_float, library, numbered, stable_order
from hilander.hierarchy.decode import denser

if TYPE_CHECKING:
    from hilander.graph.knn import KnnGraph

ONE_IN = 3  # of the clusters joins another at each level: their number falls to two thirds


def closest_links(
    graph: KnnGraph,
    link_prob: Array,
    size: Array,
    *,
    tau: float = 0.0,
    one_in: int = ONE_IN,
) -> Array:
    """Link the nodes that are closest to a larger neighbour to it; leave the others peaks.

    E(i) = {j in N(i) : s_j > s_i and p_ij > tau};  parent(i) = argmin_{j in E(i)} c_ij, where
    c_ij = (1 - cos_ij) sqrt(s_i s_j / (s_i + s_j)), half way from centroid linkage to Ward's. Equal sizes go to the
    lower number, so there are no cycles. Of nodes equally close the lower numbers are taken; one link at least is
    made unless all E are empty.

    Parameters
    ----------
    graph : over the unit means of the clusters
    link_prob : float (n, m)    P(same cluster), in [0, 1]; pairs with exactly 0, or up to tau, are never joined
    size : int64 (n,)           images in each cluster, >= 1
    one_in : at most one node in so many is linked, >= 1

    Returns
    -------
    parent : int64 (n,)         parent[i] == i marks a peak
    """
    lib, parent = library(size), numbered(size)
    if graph.n_edges == 0:
        return parent
    joinable = denser(graph.neighbors, size) & (link_prob > tau)
    each = lib.where(joinable, cost(graph.similarity, size[:, None], size[graph.neighbors]), math.inf)
    best = each.argmin(1)
    least = each[parent, best]
    closest = stable_order(least)[: max(1, graph.n // one_in)]
    into = graph.neighbors[closest, best[closest]]
    parent[closest] = lib.where(lib.isfinite(least[closest]), into, closest)
    return parent


def cost(similarity: Array, own: Array, theirs: Array) -> Array:
    """c_ij of `closest_links`, elementwise: float64, >= 0 but for rounding, from cosines of means and sizes."""
    one, other = as_float(own, 64), as_float(theirs, 64)
    return (1.0 - similarity) * library(own).sqrt(one * other / (one + other))
