"""The votes of `decode.agreed_parents` as a compiled loop on the host. Knows nothing about networks or files."""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ZERO, compiled

NONE = np.float32(-1.0)


@compiled("void(int64[:,::1], float32[:,::1], float32[::1], int64, float32, boolean[:,::1], int64[::1])")
def begin(
    neighbors: Any, alike: Any, density: Any, first: Any, least: Any, open_to: Any, parent: Any
) -> None:
    """What is voted on, of nodes from `first` on, and where they begin.

    open_to (b, m) : which links are allowed; written, those of them that are candidates: to denser nodes, more alike
    than `least`;  parent (b,) : written, the most alike of these, the first of several, or the node itself
    """
    b, m = neighbors.shape
    for i in range(b):
        node, most = i + first, NONE
        parent[i], own = node, density[node]
        for j in range(m):
            other, share = neighbors[i, j], alike[i, j]
            theirs = density[np.uint64(other)]
            denser = theirs > own or (theirs == own and other < node)
            candidate = open_to[i, j] and share > least and denser
            open_to[i, j] = candidate
            if candidate and share > most:
                parent[i], most = other, share


@compiled("void(int64[:,::1], float32[:,::1], boolean[:,::1], int64[::1], float32, int64[::1])")
def choose(neighbors: Any, alike: Any, candidates: Any, tree: Any, tie: Any, parent: Any) -> None:
    """parent[i] = the candidate of i in whose tree i's neighbours weigh most, where i has any.

    neighbors, alike, candidates (b, m), parent (b,) : of some nodes;  tree (n,) : of all
    """
    b, m = neighbors.shape
    for i in range(b):
        best, most = -1, NONE
        for j in range(m):
            if candidates[i, j]:
                votes, theirs = ZERO, tree[neighbors[i, j]]
                for other in range(m):
                    if tree[np.uint64(neighbors[i, other])] == theirs:
                        votes += alike[i, other]
                votes += tie * alike[i, j]
                if votes > most:
                    best, most = j, votes
        if best >= 0:
            parent[i] = neighbors[i, best]
