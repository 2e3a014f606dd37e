"""Links between clusters, counted and looked up as `crossing` does, by compiled loops on the host.

Knows nothing about networks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ZERO, compiled, fetch, fetch_at
from hilander.model.relation_columns import AHEAD, BACK, OUT, SURE_BACK, SURE_OUT

ROWS_AHEAD = 6  # rows of links that are told of before they are read


@compiled("void(int64[::1], int64[::1], int64[::1], int64[::1])")
def sort_by(key: Any, before: Any, place: Any, after: Any) -> None:
    """Into after: `before`, numbers of entries, in ascending order of their keys; equal ones stay in their order.

    key (e,) of 0 to n - 1;  place (n + 1,) : written, where the entries of each key end
    """
    n = len(place) - 1
    for one in range(n + 1):
        place[one] = 0
    for one in range(len(key)):
        place[key[one] + 1] += 1
    for one in range(n):
        place[one + 1] += place[one]
    for at in range(len(before)):
        entry = before[at]
        after[place[key[entry]]] = entry
        place[key[entry]] += 1


@compiled(
    "int64(int64[::1], int64[::1], int64[::1], int64[:,::1], int64[::1], int64[:,::1], float32[:,::1],"
    " float64[:,::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], float64[::1])"
)
def add_up(
    order: Any,
    ends: Any,
    here: Any,
    there: Any,
    cluster: Any,
    count: Any,
    prob: Any,
    sure: Any,
    slot: Any,
    of: Any,
    to: Any,
    one_here: Any,
    one_there: Any,
    counts: Any,
    sums: Any,
) -> Any:
    """Links of images by the clusters of their ends: one row for each pair that there is, in any order of `to`.

    order (r,) : rows of here and there sorted by the cluster of here, of which cluster c's end at ends[c]
    here (r,), there (r, m), cluster (n0,) : as in `ImageLinks`; count and sure too, or, where count is empty, prob
    slot (n,) : -1
    of, to, one_here, one_there, counts, sums : room for r * m, written; returns how many of each
    """
    m, single = there.shape[1], len(count) == 0
    found, begin = 0, 0
    for c in range(len(ends)):
        first = found
        for at in range(begin, ends[c]):
            row = order[at]
            if single and at + ROWS_AHEAD < len(order):
                soon = order[at + ROWS_AHEAD]
                fetch(there, soon)
                fetch(prob, soon)
            for j in range(m):
                other = np.uint64(there[row, j])
                end = np.uint64(cluster[other])
                place = slot[end]
                if place < first:
                    place = found
                    slot[end] = place
                    of[place], to[place], one_here[place], one_there[place] = c, end, here[row], other
                    counts[place], sums[place] = 0, 0.0
                    found += 1
                if single:
                    counts[place] += 1
                    sums[place] += prob[row, j]
                else:
                    counts[place] += count[row, j]
                    sums[place] += sure[row, j]
        begin = ends[c]
    return found


@compiled("int64(int64[::1], int64, int64, int64)")
def place_of(pairs: Any, low: Any, end: Any, wanted: Any) -> Any:
    """Where it stands in ascending pairs[low:end]; -1 where it does not."""
    high = end
    while low < high:
        middle = (low + high) >> 1
        if pairs[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and pairs[low] == wanted else -1


@compiled("void(int64[::1], int64[::1], int64[::1], float32[::1], int32[:,::1], int64, float32[:,:,::1])")
def crossing(pairs: Any, start: Any, count: Any, sure: Any, neighbors: Any, first: Any, counts: Any) -> None:
    """`Crossing.links` of the edges in either direction, of the nodes from `first` on.

    start (n + 1,): pairs[start[i]:start[i + 1]] are those of cluster i
    """
    b, m, _ = counts.shape
    n = np.int64(len(start) - 1)
    for i in range(b):
        me = first + i
        if i + AHEAD < b:
            for j in range(m):
                fetch_at(pairs, start[neighbors[me + AHEAD, j]])
        for j in range(m):
            other, edge = np.int64(neighbors[me, j]), counts[i, j]
            at = place_of(pairs, start[me], start[me + 1], me * n + other)
            edge[OUT], edge[SURE_OUT] = ZERO, ZERO
            if at >= 0:
                edge[OUT], edge[SURE_OUT] = np.float32(count[at]), sure[at]
            at = place_of(pairs, start[other], start[other + 1], other * n + me)
            edge[BACK], edge[SURE_BACK] = ZERO, ZERO
            if at >= 0:
                edge[BACK], edge[SURE_BACK] = np.float32(count[at]), sure[at]
