"""The votes of `decode.agreed_parents` as a compiled loop on the host. Knows nothing about networks or files."""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ZERO, compiled

NONE = np.float32(-1.0)


@compiled("void(int64[:,::1], float32[:,::1], boolean[:,::1], int64[::1], float32, int64[::1])")
def choose(neighbors: Any, alike: Any, candidates: Any, tree: Any, tie: Any, parent: Any) -> None:
    """parent[i] = the candidate of i in whose tree i's neighbours weigh most, where i has any; all but tie (n, m)."""
    n, m = neighbors.shape
    for i in range(n):
        best, most = -1, NONE
        for j in range(m):
            if candidates[i, j]:
                votes, theirs = ZERO, tree[neighbors[i, j]]
                for other in range(m):
                    if tree[neighbors[i, other]] == theirs:
                        votes += alike[i, other]
                votes += tie * alike[i, j]
                if votes > most:
                    best, most = j, votes
        if best >= 0:
            parent[i] = neighbors[i, best]
