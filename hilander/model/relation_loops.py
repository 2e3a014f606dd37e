"""What `relations` sees of a level's nodes and edges, as compiled loops: arrays on the host, a node after the other.

The formulas are those of `relations`, `seen`, `overlap` and `around`, which say what each is; a test holds both equal.
Values of single nodes come in one table, a row a node; `relation_columns` names its columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ONE, ZERO, compiled, fetch
from hilander.model.relation_columns import (
    AHEAD,
    AROUND,
    AROUND_OWN,
    AT_FIRST,
    AVERAGE,
    BACK,
    COMMON,
    DEGREE,
    FEW,
    HELD,
    HERE,
    LEAVING,
    LENGTH,
    LOG_SIZE,
    MEAN_SIMILARITY,
    OUT,
    PEAKS,
    POPULARITY,
    RANK_BACK,
    SHORTEST,
    STAY,
    STAY_COUNT,
    SURE_BACK,
    SURE_OUT,
    THERE,
    WITHIN,
    cut_off,
    links_of_clusters,
    links_of_images,
)

# what `edges` and `nodes` are told first: table, similarity, neighbors, first, found, counts, middle, scale
SEEN = "float32[:,::1], float32[:,::1], int32[:,::1], int64, float32[:,:,::1], float32[:,:,::1], float32, float32"


@compiled("void(float32[:,::1], int64[:,::1], float32[:,::1], float32[:,::1], int64, int64)")
def neighborhoods(unit: Any, neighbors: Any, similarity: Any, near: Any, first: Any, last: Any) -> None:
    """`around.neighborhoods` of the nodes first to last, into their rows of near (n, d)."""
    m, dim = neighbors.shape[1], unit.shape[1]
    for i in range(first, last):
        if i + AHEAD < last:
            for j in range(m):
                fetch(unit, neighbors[i + AHEAD, j])
        out, own = near[i], unit[i]
        for c in range(dim):
            out[c] = own[c]
        for j in range(m):
            weight, other = max(similarity[i, j], ZERO), unit[neighbors[i, j]]
            for c in range(dim):
                out[c] += weight * other[c]
        square = ZERO
        for c in range(dim):
            square += out[c] * out[c]
        scale = ONE / max(np.sqrt(square), SHORTEST)
        for c in range(dim):
            out[c] *= scale


@compiled(
    "void(float32[:,::1], float32[:,::1], float32[:,::1], float32[:,::1], int64, int32[:,::1], int64,"
    " float32[:,:,::1])"
)
def cosines(
    mean: Any, near: Any, unit: Any, peak: Any, one_each: Any, neighbors: Any, first: Any, found: Any
) -> None:
    """The five cosines of the edges of nodes from `first` on, into found (b, m, 5).

    mean, near, unit, peak (n, d); one_each: not 0 where peaks are the means
    """
    b, m, _ = found.shape
    dim = mean.shape[1]
    for i in range(b):
        me = first + i
        if i + AHEAD < b:
            for j in range(m):
                fetch(mean, neighbors[me + AHEAD, j])
                fetch(near, neighbors[me + AHEAD, j])
                if not one_each:
                    fetch(peak, neighbors[me + AHEAD, j])
        own, own_near, own_unit, own_peak = mean[me], near[me], unit[me], peak[me]
        for j in range(m):
            other = neighbors[me, j]
            theirs, their_near, their_peak = mean[other], near[other], peak[other]
            average, around, here, there = ZERO, ZERO, ZERO, ZERO
            for c in range(dim):
                average += own[c] * theirs[c]
                here += own_near[c] * theirs[c]
                around += own_near[c] * their_near[c]
                there += own_unit[c] * their_near[c]
            peaks = average
            if not one_each:
                peaks = ZERO
                for c in range(dim):
                    peaks += own_peak[c] * their_peak[c]
            edge = found[i, j]
            edge[AVERAGE], edge[PEAKS], edge[AROUND], edge[HERE], edge[THERE] = (
                average,
                peaks,
                around,
                here,
                there,
            )


@compiled("void(int32[:,::1], int64, float32[:,:,::1])")
def overlap(neighbors: Any, first: Any, counts: Any) -> None:
    """`overlap.overlap` of the nodes from `first` on; and, as at the first level, each link counted once."""
    b, m, _ = counts.shape
    share = ONE / np.float32(m)
    for i in range(b):
        me = first + i
        if i + AHEAD < b:
            for j in range(m):
                fetch(neighbors, neighbors[me + AHEAD, j])
        own = neighbors[me]
        for j in range(m):
            theirs = neighbors[own[j]]
            met, at = 0, m
            for x in range(m - 1, -1, -1):
                one = theirs[x]
                for y in range(m):
                    met += one == own[y]
                if one == me:
                    at = x
            edge = counts[i, j]
            edge[COMMON], edge[RANK_BACK] = np.float32(met) * share, np.float32(at)
            edge[OUT], edge[BACK] = ONE, np.float32(at < m)
            edge[SURE_OUT], edge[SURE_BACK] = ZERO, ZERO


@compiled(f"void({SEEN}, float32[::1], float32[::1], float32[:,:,::1], float32[:,::1])")
def edges(
    table: Any,
    similarity: Any,
    neighbors: Any,
    first: Any,
    found: Any,
    counts: Any,
    middle: Any,
    scale: Any,
    low: Any,
    high: Any,
    out: Any,
    around: Any,
) -> None:
    """What a network sees of the edges of nodes from `first` on, into out (b, m, 42), cut off at low and high (42,);
    before that, a node's mean into around (b, 42). At the first level out, low and high may end before AT_FIRST.

    similarity (n, m), neighbors (n, m);  found (b, m, 5), counts (b, m, 6) as the loops above leave them;
    (s - middle) * scale is how far a similarity is above the background
    """
    b, m, _ = out.shape
    of_one = ONE / np.float32(m)
    root, leaving = np.sqrt(of_one), of_one / (ONE + FEW)
    for i in range(b):
        me = first + i
        if i + AHEAD < b:
            for j in range(m):
                fetch(table, neighbors[me + AHEAD, j])
                fetch(similarity, neighbors[me + AHEAD, j])
        own, mine = table[me], similarity[me]
        closest, mutual = -ONE - ONE, ZERO
        for j in range(m):
            closest = max(closest, found[i, j, AROUND])
        for j in range(m):
            other, edge, cosine, counted = neighbors[me, j], out[i, j], found[i, j], counts[i, j]
            their, theirs, s = table[other], similarity[other], mine[j]
            here, there = cosine[HERE] / max(their[LENGTH], SHORTEST), cosine[THERE]
            edge[0] = (s - middle) * scale
            edge[1] = (cosine[AVERAGE] - middle) * scale
            edge[2] = (cosine[PEAKS] - middle) * scale
            edge[3] = (cosine[AROUND] - middle) * scale
            edge[4], edge[5], edge[6], edge[7] = s, cosine[AVERAGE], cosine[PEAKS], cosine[AROUND]
            edge[8], edge[9] = here, there
            edge[10], edge[11] = s - mine[0], s - mine[m - 1]
            edge[12], edge[13] = s - theirs[0], s - theirs[m - 1]
            edge[14] = cosine[AVERAGE] - own[WITHIN]
            edge[15] = cosine[AVERAGE] - their[WITHIN]
            edge[16] = here - own[AROUND_OWN]
            edge[17] = there - their[AROUND_OWN]
            edge[18] = cosine[AROUND] - closest
            edge[19], edge[20] = np.float32(j) / np.float32(m), counted[RANK_BACK] / np.float32(m)
            edge[21] = np.float32(counted[RANK_BACK] < np.float32(m))
            edge[22] = counted[COMMON]
            edge[23] = their[MEAN_SIMILARITY] - own[MEAN_SIMILARITY]
            edge[24] = their[POPULARITY] - own[POPULARITY]
            edge[25] = their[LOG_SIZE] - own[LOG_SIZE]
            edge[26] = min(own[LOG_SIZE], their[LOG_SIZE])
            edge[27] = max(own[LOG_SIZE], their[LOG_SIZE])
            if len(edge) > AT_FIRST:
                links_of_clusters(edge, counted, own, their)
            else:
                mutual += edge[21]
        cut_off(out[i], low, high, around[i])
        if out.shape[2] == AT_FIRST:
            links_of_images(around[i], mutual / np.float32(m), root, leaving)


@compiled(f"void({SEEN}, int64, float32[:,::1], float32[:,::1])")
def nodes(
    table: Any,
    similarity: Any,
    neighbors: Any,
    first: Any,
    found: Any,
    counts: Any,
    middle: Any,
    scale: Any,
    points: Any,
    out: Any,
    common: Any,
) -> None:
    """What a network sees of the nodes from `first` on, into out (b, 2 * points + 15); their shares of common
    neighbours into common (b, m). Others as for `edges`."""
    b, m, _ = found.shape
    share = ONE / np.float32(m)
    for i in range(b):
        me = first + i
        own, mine, node = table[me], similarity[me], out[i]
        for p in range(points):
            place = np.float32(p) * np.float32(m - 1) / np.float32(points - 1)
            low = int(place)
            rest = place - np.float32(low)
            value = mine[low] * (ONE - rest) + mine[min(low + 1, m - 1)] * rest
            node[p], node[points + p] = value, (value - middle) * scale
        around, shared, mutual, outward, back, square = ZERO, ZERO, ZERO, ZERO, ZERO, ZERO
        for j in range(m):
            counted = counts[i, j]
            around += found[i, j, AROUND]
            shared += counted[COMMON]
            common[i, j] = counted[COMMON]
            mutual += np.float32(counted[RANK_BACK] < np.float32(m))
            outward += counted[OUT] / own[DEGREE]
            back += counted[BACK] / table[neighbors[me, j], DEGREE]
            apart = mine[j] - own[MEAN_SIMILARITY]
            square += apart * apart
        rest_of = node[2 * points :]
        rest_of[0], rest_of[1] = own[AROUND_OWN], (around * share - middle) * scale
        rest_of[2], rest_of[3] = np.sqrt(square * share), own[POPULARITY]
        rest_of[4], rest_of[5] = shared * share, mutual * share
        rest_of[6], rest_of[7], rest_of[8] = own[LOG_SIZE], own[STAY], own[WITHIN]
        rest_of[9], rest_of[10] = (own[WITHIN] - middle) * scale, own[LENGTH]
        rest_of[11], rest_of[12], rest_of[13] = outward, back, own[HELD]
        rest_of[14] = own[LEAVING] / max(own[DEGREE] - own[STAY_COUNT], ONE)
