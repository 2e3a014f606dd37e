"""A k-NN graph with its nodes numbered so that neighbours stand near each other in memory.

    neighbours of nodes in any order  ->  an order of the nodes, and the same graph in it

What is read of a node's neighbours is mostly in the processor's caches then: the nodes before it have read them
(benchmarks/LOG.md). Knows nothing about what is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.graph.compiled import compiled
from hilander.graph.threads import all_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 16_384  # renumbered at a time


@compiled("void(int64[:,::1], int32[::1], int32[::1], boolean[::1])")
def depth_first(neighbors: Any, order: Any, stack: Any, known: Any) -> None:
    """Into order (n,): every node once, after one that it is a neighbour of where there is one that was not visited.

    stack (n,) : room;  known (n,) : False
    """
    n, m = neighbors.shape
    visited = 0
    for first in range(n):
        if known[first]:
            continue
        known[first] = True
        stack[0], waiting = first, 1
        while waiting > 0:
            waiting -= 1
            node = stack[waiting]
            order[visited] = node
            visited += 1
            for j in range(m - 1, -1, -1):
                other = neighbors[node, j]
                if not known[other]:
                    known[other] = True
                    stack[waiting] = other
                    waiting += 1


@compiled("void(int64[:,::1], int32[::1], int32[::1], int64[:,::1])")
def renumber(neighbors: Any, order: Any, place: Any, out: Any) -> None:
    """out[i, j] = place[neighbors[order[i], j]]; order (b,), out (b, m)."""
    for i in range(len(order)):
        for j in range(neighbors.shape[1]):
            out[i, j] = place[neighbors[order[i], j]]


@dataclass(frozen=True)
class Renumbered:
    """order : int32 (n,), what a node's number was;  neighbors : int64 (n, m), in the new order and numbers."""

    order: NDArray[np.int32]
    neighbors: NDArray[np.int64]

    @classmethod
    def of(cls, neighbors: NDArray[np.int64]) -> Renumbered:
        """Nodes depth first along their lists, int64 (n, m); by compiled loops."""
        n, neighbors = len(neighbors), np.ascontiguousarray(neighbors)
        order, place, out = np.empty(n, np.int32), np.empty(n, np.int32), np.empty_like(neighbors)
        depth_first(neighbors, order, place, np.zeros(n, np.bool_))
        place[order] = np.arange(n, dtype=np.int32)
        blocks = [slice(at, min(at + ROWS, n)) for at in range(0, n, ROWS)]
        all_blocks(lambda rows: renumber(neighbors, order[rows], place, out[rows]), blocks)
        return cls(order, out)
