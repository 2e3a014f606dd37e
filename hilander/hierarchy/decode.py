"""Turn link predictions on one k-NN graph into a forest: one Hi-LANDER level.

    neighbours + link probability + density  ->  parent

Knows nothing about torch, files, labels or Streamlit.
Source: Xing et al., ICCV 2021 (arXiv 2107.01319), "Graph Decoding", Eq. 5-6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.config import check_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOTES = 2  # times that links are chosen again
TIE = 1e-3  # what a candidate's own weight adds to its tree's votes: it decides within a tree


def parents_from_links(
    neighbors: NDArray[np.int64],
    link_prob: NDArray[np.floating[Any]],
    density: NDArray[np.float32],
    *,
    tau: float,
) -> NDArray[np.int64]:
    """Link each node to its most likely denser neighbour, or leave it a peak.

    E(i) = {j in N(i) : d_j > d_i and p_ij > tau};  parent(i) = argmax_{j in E(i)} p_ij.
    The paper allows d_j = d_i, which makes cycles possible. Here j is denser than i when (d_j, -j) > (d_i, -i):
    no cycles, and exact duplicates still merge. Of equally likely neighbours the first (most similar) is taken.

    Parameters
    ----------
    neighbors : int64 (n, m)    neighbour numbers, self excluded, most similar first
    link_prob : float (n, m)    P(same cluster), in [0, 1]; float64 keeps near-certain links in order
    density : float32 (n,)      unitless, in [-1, 1]
    tau : float                 in [0, 1]; higher gives more, smaller clusters

    Returns
    -------
    parent : int64 (n,)         parent[i] == i marks a peak

    Raises
    ------
    ValueError                  shapes disagree, or tau outside [0, 1]
    """
    n, m = neighbors.shape
    if link_prob.shape != (n, m) or density.shape != (n,):
        raise ValueError(
            f"neighbors is {(n, m)}, so link_prob must be {(n, m)} and density {(n,)}; "
            f"got {link_prob.shape} and {density.shape}. Do they come from another level?"
        )
    check_share("tau", tau, hint="0.5 is usual; higher gives more, smaller clusters")
    node = np.arange(n)
    if m == 0:
        return node
    candidates = denser(neighbors, density) & (link_prob > tau)
    best = np.where(candidates, link_prob, -1).argmax(1)
    return np.where(candidates.any(1), neighbors[node, best], node)


def agreed_parents(
    neighbors: NDArray[np.int64],
    alike: NDArray[np.floating[Any]],
    density: NDArray[np.float32],
    *,
    least: float,
    allowed: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """As `parents_from_links`, but a node follows the tree that its neighbours together speak for.

    The best link alone is wrong too often where classes lie close: here candidate j counts for as much as all
    neighbours of i that stand in j's tree, the sum of a_ij over them; the links are chosen again by that, `VOTES`
    times. Ours, not the paper's; neighbors, density and what is returned as there.

    Parameters
    ----------
    alike : float (n, m)   a_ij in [0, 1]: P(same cluster), or say `walks.shared_ends`
    least : in [0, 1]; links lead to denser neighbours with a_ij > least only
    allowed : bool (n, m), links that may be chosen; None is all of them. All speak for a tree.
    """
    may = np.ones(neighbors.shape, bool) if allowed is None else allowed
    parent, m = parents_from_links(neighbors, np.where(may, alike, 0), density, tau=least), neighbors.shape[1]
    candidates = denser(neighbors, density) & may & (alike > least)
    linked = np.flatnonzero(candidates.any(1))
    if not len(linked):
        return parent
    near, weight, open_to = neighbors[linked], alike[linked], candidates[linked]
    for _ in range(VOTES):
        tree = roots(parent)[near]
        votes = np.stack([(weight * (tree == tree[:, [j]])).sum(1) for j in range(m)], axis=1)
        best = np.where(open_to, votes + TIE * weight, -1).argmax(1)
        before, parent = parent, parent.copy()
        parent[linked] = near[np.arange(len(linked)), best]
        if np.array_equal(parent, before):
            break
    return parent


def denser(neighbors: NDArray[np.int64], density: NDArray[Any]) -> NDArray[np.bool_]:
    """Bool (n, m): neighbour j is denser (or what `density` stands for) than its node i.

    Equal densities go to the lower number.
    """
    node = np.arange(len(density))[:, None]
    theirs, own = density[neighbors], density[:, None]
    return np.asarray((theirs > own) | ((theirs == own) & (neighbors < node)))


def roots(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Follow `parent` to the top for all nodes at once: pointer jumping, O(n log depth).

    Raises
    ------
    ValueError   the links form a cycle
    """
    top = parent
    for _ in range(len(parent).bit_length() + 1):
        above = top[top]
        if np.array_equal(above, top):
            break
        top = above
    if np.array_equal(parent[top], top):  # a circle of two, four, ... nodes comes to rest as well
        return top
    raise ValueError("parent holds a cycle; links must lead to denser nodes only")
