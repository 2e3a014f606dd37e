"""The part of a level that judging a few of its nodes needs: they, the nodes near them, and the nodes near those.

    nodes of a level + a few of them  ->  fewer nodes, their k-NN graph, and what the images' links say of them

A network judges a link by the two ends' neighbourhoods. Of those that matter the part holds the first ring whole, and
as much of the second as its size allows, those in most lists first. A small level is its own part. What a network sees
of a level as a whole comes from the level itself as it was: seen in a part alone it misleads (benchmarks/LOG.md).
Knows nothing about networks or labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hilander.graph.knn import KnnGraph
from hilander.model.base import LevelNodes, LinkPrediction, Origin, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Lists = Callable[[NDArray[np.int64]], NDArray[np.int64]]

# Nodes of a part, unless the first ring alone has more: a second of a network's time on one core; and of later levels,
# where what is seen of the whole was kept
MOST, MOST_LATER = 10_000, 2_000


@dataclass(frozen=True)
class Vicinity:
    """rows : int64 (s,), numbers in the level, ascending; graph and prediction : over those rows, numbered from 0."""

    rows: NDArray[np.int64]
    graph: KnnGraph
    prediction: LinkPrediction

    def place(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where some of its rows stand in it."""
        return np.searchsorted(self.rows, rows)


def judged_around(
    core: NDArray[np.int64],
    nodes: LevelNodes,
    x: NDArray[np.float32],
    lists: Lists,
    predictor: Predictor,
    *,
    k: int,
    also: NDArray[np.int64],
    whole: NDArray[np.float32] | None,
    device: str,
) -> Vicinity:
    """Judge the links around some nodes of a level.

    Parameters
    ----------
    core : int64, the nodes whose links are wanted
    nodes : the whole level; its `origin` holds all images' links, with their P from the second level on
    x : float32 (n, d), unit vectors that the level's graph is over
    lists : gives the neighbours of some nodes among all of the level, int64 (rows, m)
    also : int64, nodes that come into question for the second ring as well
    whole : `LinkPrediction.whole` of the level; None where it is not known, then parts are larger
    """
    most = MOST if whole is None or nodes.of is None else MOST_LATER
    rows = _around(core, also, len(nodes), lists, most)
    every = len(rows) == len(nodes)
    if every and nodes.of is None and nodes.origin:
        graph = nodes.origin.graph
    else:
        graph = KnnGraph.from_unit(x if every else x[rows], k=k, method="exact", device=device)
    if every:
        return Vicinity(rows, graph, predictor.predict(graph, nodes))
    if nodes.of is None:
        part = replace(_first(nodes, rows, graph), whole=whole)
        return Vicinity(rows, graph, predictor.predict(graph, part))
    judged = predictor.predict(_with_rest(graph), replace(_later(nodes, rows), whole=whole))
    return Vicinity(rows, graph, LinkPrediction(judged.link_prob[:-1], judged.density[:-1]))


def _around(
    core: NDArray[np.int64], also: NDArray[np.int64], n: int, lists: Lists, most: int
) -> NDArray[np.int64]:
    if n <= most:
        return np.arange(n)
    inner = np.union1d(core, lists(core))
    if len(inner) >= most:
        return inner
    far, in_lists = np.unique(np.append(lists(np.setdiff1d(inner, core)).ravel(), also), return_counts=True)
    in_lists[np.isin(far, inner, assume_unique=True)] = 0
    order = np.argsort(-in_lists, kind="stable")
    wanted = min(most - len(inner), int((in_lists > 0).sum()))
    return np.union1d(inner, far[order[:wanted]])


def _first(nodes: LevelNodes, rows: NDArray[np.int64], graph: KnnGraph) -> LevelNodes:
    x = nodes.x[rows]
    origin = nodes.origin and Origin(graph, nodes.origin.background)
    return LevelNodes(rows, x, x, nodes.size[rows], None, origin)


def _later(nodes: LevelNodes, rows: NDArray[np.int64]) -> LevelNodes:
    """The rows as nodes of their own images alone, and one node and image more that stand for all that is outside."""
    assert nodes.of is not None
    assert nodes.origin is not None
    node = np.full(len(nodes), -1)
    node[rows] = np.arange(len(rows))
    images = np.flatnonzero(node[nodes.of] >= 0)
    image = np.full(len(nodes.of), len(images))
    image[images] = np.arange(len(images))
    origin, with_rest = nodes.origin, np.append(rows, rows[-1])
    assert origin.link_prob is not None
    links = KnnGraph(origin.graph.neighbors[images], origin.graph.similarity[images])
    links = KnnGraph(image[links.neighbors], links.similarity)
    prob = np.vstack([origin.link_prob[images], np.zeros_like(origin.link_prob[:1])])
    return LevelNodes(
        nodes.image[with_rest],
        nodes.x[with_rest],
        nodes.mean[with_rest],
        np.append(nodes.size[rows], 1),
        np.append(node[nodes.of[images]], len(rows)),
        Origin(_with_rest(links), origin.background, prob),
    )


def _with_rest(graph: KnnGraph) -> KnnGraph:
    """The same with a last node that no list names but those which name it already."""
    m = graph.neighbors.shape[1]
    return KnnGraph(
        np.vstack([graph.neighbors, np.arange(m)[None]]),
        np.vstack([graph.similarity, np.zeros((1, m), np.float32)]),
    )
