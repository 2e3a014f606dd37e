"""The walks of `walks` as compiled loops on the host. Knows nothing about networks, files or labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ONE, ZERO, compiled, fetch_at

AHEAD = 4  # steps that are told of before they are read


@compiled("void(float64[:,::1], int32[::1], float32, int64, int64, float32[:,::1])")
def pull_of(prob: Any, order: Any, least: Any, first: Any, last: Any, pull: Any) -> None:
    """Rows first to last of pull: squares of the rows order[i] of prob, 0 for what is not above `least`."""
    for i in range(first, last):
        row = order[i]
        for j in range(prob.shape[1]):
            one = prob[row, j]
            pull[i, j] = np.float32(one) * np.float32(one) if one > least else ZERO


@compiled("float32(int64[:,::1], float32[:,::1], int64, int64)")
def pull_between(neighbors: Any, pull: Any, of: Any, to: Any) -> Any:
    """What pulls from one node to another; 0 where the other is no neighbour."""
    for j in range(neighbors.shape[1]):
        if neighbors[of, j] == to:
            return pull[of, j]
    return ZERO


@compiled("void(int64[:,::1], float32[:,::1], float32[:,::1], int64, int64)")
def look_back(neighbors: Any, pull: Any, back: Any, first: Any, last: Any) -> None:
    """back[i, j] = what pulls the other way along a link that pulls, of the nodes first to last; others stay."""
    m = neighbors.shape[1]
    for i in range(first, last):
        if i + 1 < last:
            for j in range(m):
                if pull[i + 1, j] > ZERO:
                    fetch_at(neighbors[neighbors[i + 1, j]], 0)
        for j in range(m):
            if pull[i, j] > ZERO:
                back[i, j] = pull_between(neighbors, pull, neighbors[i, j], i)


@compiled("void(int64[:,::1], float32[:,::1], float32[:,::1], int64[::1])")
def count_steps(neighbors: Any, pull: Any, back: Any, start: Any) -> None:
    """start[i + 1] = how many steps a node has, into start (n + 1,): to itself, and over links in either direction.

    back (n, m) : of links that pull, what pulls the other way
    """
    n, m = neighbors.shape
    start[0] = 0
    for i in range(n):
        start[i + 1] = 1
    for i in range(n):
        for j in range(m):
            if pull[i, j] > ZERO:
                start[i + 1] += 1
                if back[i, j] == ZERO:
                    start[neighbors[i, j] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]


@compiled(
    "void(int64[:,::1], float32[:,::1], float32[:,::1], int64[::1], int64[::1], int32[::1], float32[::1])"
)
def fill_steps(neighbors: Any, pull: Any, back: Any, start: Any, at: Any, node: Any, share: Any) -> None:
    """Row i of node and share, start[i] to start[i + 1]: where a step from i leads, and how probably; adds up to 1.

    back : as for `count_steps`;  at : int64 (n,), room
    """
    n, m = neighbors.shape
    for i in range(n):
        at[i] = start[i]
    for i in range(n):
        node[at[i]], share[at[i]] = i, ONE
        at[i] += 1
    for i in range(n):
        for j in range(m):
            if pull[i, j] > ZERO:
                other = neighbors[i, j]
                node[at[i]], share[at[i]] = other, max(pull[i, j], back[i, j])
                at[i] += 1
                if back[i, j] == ZERO:
                    node[at[other]], share[at[other]] = i, pull[i, j]
                    at[other] += 1
    for i in range(n):
        total = ZERO
        for e in range(start[i], start[i + 1]):
            total += share[e]
        for e in range(start[i], start[i + 1]):
            share[e] /= total


@compiled(
    "int64(int64[::1], int32[::1], float32[::1], int64, int64, int64, float32,"
    " int64[::1], int32[::1], float32[::1], float32[::1], int32[::1])"
)
def follow(
    start: Any,
    node: Any,
    share: Any,
    first: Any,
    last: Any,
    steps: Any,
    least: Any,
    out_start: Any,
    out_node: Any,
    out_share: Any,
    sums: Any,
    met: Any,
) -> Any:
    """Where walks from the nodes `first` to `last` end, each row scaled to length 1; returns how many ends there are.

    sums : float32 (n,) of zeros, which they are again afterwards;  met : int32 (n + 1,), room
    """
    end = 0
    for i in range(first, last):
        begin = end
        for e in range(start[i], start[i + 1]):
            out_node[end], out_share[end] = node[e], share[e]
            end += 1
        for _ in range(steps - 1):
            found = np.uint64(0)
            for e in range(begin, end):
                if e + AHEAD < end:
                    soon = start[out_node[e + AHEAD]]
                    fetch_at(node, soon)
                    fetch_at(share, soon)
                here, weight = out_node[e], out_share[e]
                for f in range(np.uint64(start[here]), np.uint64(start[here + 1])):
                    there = np.uint64(node[f])
                    before = sums[there]
                    met[found] = there
                    found += np.uint64(before == ZERO)
                    sums[there] = before + weight * share[f]
            end = begin
            for f in range(found):
                there = np.uint64(met[f])
                out_node[end], out_share[end] = there, sums[there]
                end += sums[there] >= least
                sums[there] = ZERO
        square = ZERO
        for e in range(begin, end):
            square += out_share[e] * out_share[e]
        scale = ONE / np.sqrt(square)
        for e in range(begin, end):
            out_share[e] *= scale
        out_start[i - first + 1] = end
    return end


@compiled(
    "void(int64[:,::1], int64[::1], int32[::1], float32[::1], int64, int64, int32[::1], float32[:,::1],"
    " float32[::1])"
)
def compare(
    neighbors: Any,
    start: Any,
    node: Any,
    share: Any,
    first: Any,
    last: Any,
    order: Any,
    found: Any,
    sums: Any,
) -> None:
    """found[order[i], j] = rows i and N(i)_j of the ends multiplied, i from first to last; sums as in `follow`."""
    m = neighbors.shape[1]
    for i in range(first, last):
        for e in range(start[i], start[i + 1]):
            sums[node[e]] = share[e]
        if i + 1 < last:
            for j in range(m):
                soon = start[neighbors[i + 1, j]]
                fetch_at(node, soon)
                fetch_at(share, soon)
        for j in range(m):
            other, total = neighbors[i, j], ZERO
            for e in range(np.uint64(start[other]), np.uint64(start[other + 1])):
                total += sums[np.uint64(node[e])] * share[e]
            found[order[i], j] = min(total, ONE)
        for e in range(start[i], start[i + 1]):
            sums[node[e]] = ZERO
