"""The walks of `walks` by compiled loops (`walk_loops`): some nodes at a time, by threads that compute alone.

A walk's ends are summed in an array of all nodes that each thread has. Knows nothing about networks, files or labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hilander.graph.room import Room
from hilander.graph.threads import all_blocks
from hilander.graph.visits import Renumbered
from hilander.hierarchy import walk_loops as loops
from hilander.hierarchy.walks_on_card import LEAST_PROB, LEAST_SHARE, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 4_096


def shared_ends(
    neighbors: NDArray[np.int64], link_prob: NDArray[np.floating[Any]], on_block: Callable[[], None]
) -> NDArray[np.float32]:
    """As `walks.shared_ends`, of numpy's arrays."""
    graph, (n, m) = Renumbered.of(neighbors), neighbors.shape
    steps = _steps(graph, link_prob, on_block)
    # the last node's ends are cut only after they are met; one more is written before it is known to be there
    most = ROWS * min(n, math.ceil(1 / LEAST_SHARE)) + int(np.diff(steps[0]).max()) + 1
    blocks = _blocks(n)
    parts: dict[int, tuple[NDArray[Any], ...]] = {}
    found = np.empty((n, m), np.float32)
    room = Room()

    def sums() -> NDArray[np.float32]:
        zeros: NDArray[np.float32] = room.of("sums", (n,)).numpy()
        return zeros

    def walk(rows: slice) -> None:
        node, share = room.of("node", (most,), torch.int32).numpy(), room.of("share", (most,)).numpy()
        met = room.of("met", (n + 1,), torch.int32).numpy()
        begin = np.zeros(rows.stop - rows.start + 1, np.int64)
        part = rows.start, rows.stop, STEPS, LEAST_SHARE, begin, node, share
        end = loops.follow(*steps, *part, sums(), met)
        parts[rows.start] = (np.diff(begin), node[:end].copy(), share[:end].copy())

    def compare(rows: slice) -> None:
        loops.compare(graph.neighbors, *ends, rows.start, rows.stop, graph.order, found, sums())

    all_blocks(walk, blocks, on_block)
    length, *found_at = (np.concatenate(one) for one in zip(*(parts[at.start] for at in blocks), strict=True))
    ends = np.concatenate([[0], np.cumsum(length)]), *found_at
    all_blocks(compare, blocks, on_block)
    return found


def _steps(
    graph: Renumbered, link_prob: NDArray[np.floating[Any]], on_block: Callable[[], None]
) -> tuple[NDArray[Any], ...]:
    """Where steps lead, and how probably, in the rows of `loops.follow`."""
    neighbors, n = graph.neighbors, len(graph.neighbors)
    prob = np.ascontiguousarray(link_prob, np.float64)
    pull, back = np.empty(prob.shape, np.float32), np.empty(prob.shape, np.float32)
    start = np.empty(n + 1, np.int64)

    def pulls(rows: slice) -> None:
        loops.pull_of(prob, graph.order, LEAST_PROB, rows.start, rows.stop, pull)

    def look_back(rows: slice) -> None:
        loops.look_back(neighbors, pull, back, rows.start, rows.stop)

    all_blocks(pulls, _blocks(n), on_block)
    all_blocks(look_back, _blocks(n), on_block)
    loops.count_steps(neighbors, pull, back, start)
    steps = start, np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    loops.fill_steps(neighbors, pull, back, start, np.empty(n, np.int64), *steps[1:])
    return steps


def _blocks(n: int) -> list[slice]:
    return [slice(at, min(at + ROWS, n)) for at in range(0, n, ROWS)]
