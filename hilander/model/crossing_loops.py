"""The counting of `crossing` as compiled loops on the host. Knows nothing about networks or what links are."""

from __future__ import annotations

from typing import Any

from hilander.graph.compiled import compiled


@compiled("void(int64[::1], int64[::1], int64[::1], int64[::1])")
def sort_by(key: Any, before: Any, place: Any, after: Any) -> None:
    """Into after: `before`, numbers of entries, in ascending order of their keys; equal ones stay in their order.

    key (e,) of 0 to n - 1;  place (n + 1,) : room
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
    "int64(int64[::1], int64[::1], int64[::1], int64, int64[::1], float64[::1], int64[::1], int64[::1],"
    " float64[::1], int64[::1])"
)
def add_up(
    order: Any,
    of: Any,
    to: Any,
    n: Any,
    count: Any,
    sure: Any,
    pairs: Any,
    counts: Any,
    sums: Any,
    entry: Any,
) -> Any:
    """Entries in order of their pair of ends: one row a pair into pairs, counts, sums, entry; returns how many.

    of, to, count, sure (e,), by an entry's number;  pairs : of * n + to;  entry : the first of the pair's
    """
    last, found = -1, -1
    for at in range(len(order)):
        one = order[at]
        pair = of[one] * n + to[one]
        if pair != last:
            found += 1
            last = pair
            pairs[found], counts[found], sums[found], entry[found] = pair, 0, 0.0, one
        counts[found] += count[one]
        sums[found] += sure[one]
    return found + 1
