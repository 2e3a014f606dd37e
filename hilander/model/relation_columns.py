"""What compiled loops fill of a network's columns: where values of nodes and edges stand, and those of links.

    the columns of `relation_loops`' tables by name  ·  the columns of links between clusters, or between images

Values of single nodes come in one table, a row a node, whose columns are named here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import HALF, ONE, ZERO, Inside

COLUMNS = (
    *(
        "within",
        "around_own",
        "mean_similarity",
        "popularity",
        "log_size",
        "degree",
        "stay",
        "held",
        "leaving",
    ),
    *("every", "length", "stay_count"),
)
WITHIN, AROUND_OWN, MEAN_SIMILARITY, POPULARITY, LOG_SIZE, DEGREE, STAY, HELD, LEAVING = range(9)
EVERY, LENGTH, STAY_COUNT = range(9, 12)
AVERAGE, PEAKS, AROUND, HERE, THERE = range(5)  # cosines of an edge
COMMON, RANK_BACK, OUT, BACK, SURE_OUT, SURE_BACK = range(6)  # what else is counted of an edge

AT_FIRST = 28  # as in `relations`
AHEAD = 2  # nodes that are told of before their neighbours are read
QUARTER, FEW = np.float32(0.25), np.float32(0.02)
SHORTEST = np.float32(1e-12)
TWO, LOG2, LOG3 = np.float32(2.0), np.float32(np.log(2.0)), np.float32(np.log(3.0))


@Inside
def log_of_links(links: Any) -> Any:
    """log(1 + links), of one and two by heart: at the first level there are no others."""
    if links == ONE:
        return LOG2
    return LOG3 if links == TWO else np.log(ONE + links)


@Inside
def links_of_clusters(edge: Any, counted: Any, own: Any, their: Any) -> None:
    """The columns from AT_FIRST on of an edge, of the links that were counted between its ends."""
    outward, back = counted[OUT] / own[DEGREE], counted[BACK] / their[DEGREE]
    edge[28], edge[29] = np.sqrt(outward), np.sqrt(back)
    edge[30], edge[31] = outward / (ONE - own[STAY] + FEW), back / (ONE - their[STAY] + FEW)
    edge[32], edge[33] = own[STAY], their[STAY]
    links, between = counted[OUT] + counted[BACK], counted[SURE_OUT] + counted[SURE_BACK]
    judged = between / max(links, ONE)
    edge[34] = log_of_links(links) * QUARTER
    edge[35] = judged
    edge[36] = counted[SURE_OUT] / (own[LEAVING] + FEW * own[DEGREE])
    edge[37] = counted[SURE_BACK] / (their[LEAVING] + FEW * their[DEGREE])
    edge[38], edge[39] = (
        counted[SURE_OUT] / (own[EVERY] + FEW),
        counted[SURE_BACK] / (their[EVERY] + FEW),
    )
    edge[40] = np.log(ONE + between) * QUARTER if between > ZERO else ZERO
    edge[41] = judged - HALF * (own[HELD] + their[HELD])


@Inside
def links_of_images(mean: Any, mutual: Any, root: Any, leaving: Any) -> None:
    """The means of these columns over a node's edges at the first level, of which such a share are mutual."""
    mean[28], mean[29], mean[30], mean[31] = root, root * mutual, leaving, leaving * mutual
    mean[32], mean[33] = ZERO, ZERO
    mean[34] = (LOG2 + (LOG3 - LOG2) * mutual) * QUARTER
    for c in range(35, 42):
        mean[c] = ZERO


@Inside
def cut_off(edges_of_one: Any, low: Any, high: Any, mean: Any) -> None:
    """The mean of some rows, into `mean`; then each is cut off, in place."""
    m, width = edges_of_one.shape
    share = ONE / np.float32(m)
    for c in range(width):
        mean[c] = ZERO
    for j in range(m):
        edge = edges_of_one[j]
        for c in range(width):
            mean[c] += edge[c]
            edge[c] = min(max(edge[c], low[c]), high[c])
    for c in range(width):
        mean[c] *= share
