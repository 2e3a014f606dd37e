"""Turn link predictions on one k-NN graph into a forest: one Hi-LANDER level.

    neighbours + link probability + density  ->  parent

Arrays are numpy's, or tensors of a card, which is then never waited for (`graph.either`).
Knows nothing about networks, files, labels or Streamlit.
Source: Xing et al., ICCV 2021 (arXiv 2107.01319), "Graph Decoding", Eq. 5-6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hilander.config import check_share
from hilander.graph.either import Array, copied, flat_places, library, numbered, on_card, same
from hilander.graph.loops import wanted
from hilander.hierarchy import vote_loops

VOTES = 2  # times that links are chosen again
VOTERS = 8_192  # nodes at a time, by compiled loops
ROWS = 2**22  # of a card's nodes that are looked at a time
TIE = 1e-3  # what a candidate's own weight adds to its tree's votes: it decides within a tree


def parents_from_links(neighbors: Array, link_prob: Array, density: Array, *, tau: float) -> Array:
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
    _check(neighbors, link_prob, density, tau)
    if neighbors.shape[1] == 0:
        return numbered(neighbors)
    return _likeliest(neighbors, link_prob, denser(neighbors, density) & (link_prob > tau))


def _check(neighbors: Array, link_prob: Array, density: Array, tau: float) -> None:
    n, m = neighbors.shape
    if link_prob.shape != (n, m) or density.shape != (n,):
        raise ValueError(
            f"neighbors is {(n, m)}, so link_prob must be {(n, m)} and density {(n,)}; "
            f"got {tuple(link_prob.shape)} and {tuple(density.shape)}. Do they come from another level?"
        )
    check_share("tau", tau, hint="0.5 is usual; higher gives more, smaller clusters")


def _likeliest(neighbors: Array, link_prob: Array, candidates: Array) -> Array:
    """The first of the most probable of a node's candidates, bool (n, m); itself where it has none."""
    node, where = numbered(neighbors), library(neighbors).where
    best = where(candidates, link_prob, -1).argmax(1)
    return where(candidates.any(1), neighbors[node, best], node)


def agreed_parents(
    neighbors: Array, alike: Array, density: Array, *, least: float, allowed: Array | None = None
) -> Array:
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
    _check(neighbors, alike, density, least)
    if neighbors.shape[1] == 0:
        return numbered(neighbors)
    loops = not on_card(neighbors) and wanted(len(neighbors))
    parent, choose = (_by_loops if loops else _by_places)(neighbors, alike, density, least, allowed)
    for _ in range(VOTES):
        before, parent = parent, copied(parent)
        choose(roots(before), parent)
        if same(parent, before):
            break
    return parent


Choose = Callable[[Array, Array], None]  # the tree of each node, and the parents, which are changed
Begun = tuple[Array, Choose]  # the parents to begin with


def _by_places(neighbors: Array, alike: Array, density: Array, least: float, allowed: Array | None) -> Begun:
    """One place of the lists after the other, of all nodes at once."""
    lib, m = library(neighbors), neighbors.shape[1]
    of_allowed = alike if allowed is None else lib.where(allowed, alike, 0)
    candidates = denser(neighbors, density) & (of_allowed > least)
    parts = [(rows, neighbors[rows], alike[rows], candidates[rows]) for rows in _with_any(candidates)]

    def choose(tree: Array, parent: Array) -> None:
        for rows, near, weight, open_to in parts:
            theirs = tree[near]
            votes = [(weight * (theirs == theirs[:, j : j + 1])).sum(1) for j in range(m)]
            best = lib.where(open_to, lib.stack(votes, axis=1) + TIE * weight, -1).argmax(1)
            chosen = near[numbered(near), best]
            parent[rows] = lib.where(open_to.any(1), chosen, parent[rows])

    return _likeliest(neighbors, of_allowed, candidates), choose


def _by_loops(neighbors: Array, alike: Array, density: Array, least: float, allowed: Array | None) -> Begun:
    from hilander.graph.threads import all_blocks  # torch, which pages do without

    graph, shares = np.ascontiguousarray(neighbors), np.ascontiguousarray(alike, np.float32)
    open_to = np.ones(graph.shape, np.bool_) if allowed is None else np.array(allowed, order="C")
    known, first = np.ascontiguousarray(density, np.float32), np.empty(len(graph), np.int64)
    blocks = [slice(at, min(at + VOTERS, len(graph))) for at in range(0, len(graph), VOTERS)]

    def begin(rows: slice) -> None:
        vote_loops.begin(graph[rows], shares[rows], known, rows.start, least, open_to[rows], first[rows])

    def choose(tree: Array, parent: Array) -> None:
        def some(rows: slice) -> None:
            vote_loops.choose(graph[rows], shares[rows], open_to[rows], tree, TIE, parent[rows])

        all_blocks(some, blocks)

    all_blocks(begin, blocks)
    return first, choose


def _with_any(candidates: Array) -> Sequence[Array | slice]:
    """The rows with a candidate; on a card all, in parts: to pick some, it would have to be waited for."""
    if on_card(candidates):
        return [slice(start, start + ROWS) for start in range(0, len(candidates), ROWS)]
    return [flat_places(candidates.any(1))]


def denser(neighbors: Array, density: Array) -> Array:
    """Bool (n, m): neighbour j is denser (or what `density` stands for) than its node i.

    Equal densities go to the lower number.
    """
    node = numbered(density)[:, None]
    theirs, own = density[neighbors], density[:, None]
    return (theirs > own) | ((theirs == own) & (neighbors < node))


def roots(parent: Array) -> Array:
    """Follow `parent` to the top for all nodes at once: pointer jumping, O(n log depth).

    On a card as often as the longest path could ask for; whether there is a cycle is not looked at there.

    Raises
    ------
    ValueError   the links form a cycle
    """
    top = parent
    for _ in range(len(parent).bit_length() + 1):
        above = top[top]
        if same(above, top):
            break
        top = above
    if same(parent[top], top) is not False:  # a circle of two, four, ... nodes comes to rest as well
        return top
    raise ValueError("parent holds a cycle; links must lead to denser nodes only")
