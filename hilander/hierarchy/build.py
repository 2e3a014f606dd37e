"""The level loop, the only one: k-NN graph, prediction, links, coarser nodes, until nothing more merges.

    unit vectors + predictor  ->  Hierarchy

What the first nodes hold decides where a level is made: numpy arrays on the host, tensors on their card, from which
only what the forest keeps comes to the host (`card`).

Inference passes a network as the predictor, training the labels or the network under training. Knows nothing
about how a predictor works, about files or labels; `schedule` knows when to stop.
Source: Xing et al., ICCV 2021, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hilander.graph.background import background
from hilander.graph.either import Array, as_float
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.closest import closest_links
from hilander.hierarchy.copies import Distinct, distinct_rows, with_copies
from hilander.hierarchy.decode import agreed_parents, parents_from_links
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.graphs import Graphs
from hilander.hierarchy.grow import GrowingForest, Level
from hilander.hierarchy.progress import Clock, Progress, ProgressCallback
from hilander.hierarchy.schedule import LevelSettings, Schedule
from hilander.hierarchy.walks import shared_ends
from hilander.hierarchy.work import HERE, Work
from hilander.model.base import LevelNodes, LinkPrediction, Origin, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Level", "LevelSettings", "Progress", "ProgressCallback", "build", "build_distinct", "levels"]


def build(
    x: NDArray[np.float32],
    predictor: Predictor,
    settings: LevelSettings,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
) -> Hierarchy:
    """Run the level loop to its end and keep the forest.

    Exact copies of a row are one node from the start (`copies`); progress counts distinct rows.

    Parameters
    ----------
    x : float32 (n, d), unit rows (`io.vectors.unit_vectors`)
    progress : called often, from this thread; may raise `Cancelled`
    observe : called with each level, distinct rows its first nodes; with the one that made no links too
    """
    return build_distinct(distinct_rows(x), predictor, settings, progress, observe)


def build_distinct(
    distinct: Distinct,
    predictor: Predictor,
    settings: LevelSettings,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
    *,
    work: Work = HERE,
) -> Hierarchy:
    """As `build`, of rows whose copies are sorted out already; `work` may have their vectors elsewhere."""
    clock = Clock(progress)
    forest = GrowingForest(len(distinct.row))
    for level in levels(distinct.nodes(), predictor, settings, clock, with_converged=True, work=work):
        if observe:
            observe(level.on_host())
        if level.new_links:
            forest.add(level)
    clock.tell("done", forest.new_links, 1.0)
    return with_copies(forest.finish(), distinct.on_host())


def levels(
    nodes: LevelNodes,
    predictor: Predictor,
    settings: LevelSettings,
    clock: Clock | None = None,
    *,
    with_converged: bool = False,
    work: Work = HERE,
) -> Iterator[Level]:
    """Yield the levels that make at least one link, in order: up to the natural one, then coarser ones if asked.

    When it ends, and which level is the natural one, is told in `Schedule`. With `with_converged`, the level
    without new links at which the predictor converged is yielded too: training must see where to stop.
    """
    clock, schedule = clock or Clock(None), Schedule(settings, predictor.least_nodes)
    graphs, before = Graphs(schedule, work, clock), None
    while schedule.goes_on(len(nodes)):
        before = _step(graphs, nodes, predictor, before)
        if before.new_links or (with_converged and not before.coarser):
            yield before
        schedule.made(before.new_links)
        nodes = _merged(before, work) if before.new_links else before.nodes


def _step(graphs: Graphs, nodes: LevelNodes, predictor: Predictor, before: Level | None) -> Level:
    """One level; `before` is the last one: of finer nodes, or of the same if it made no link."""
    schedule, clock = graphs.schedule, graphs.clock
    coarser = schedule.coarser
    clock.start(schedule.number, len(nodes), coarser=coarser)
    same_graph = schedule.settings.feature == "mean"  # as a coarser level of the same nodes
    if before and not before.new_links and same_graph:
        graph, prediction = before.graph, before.prediction
        clock.edges = graph.n_edges
    else:
        graph = graphs.of(nodes, before)
        clock.edges = graph.n_edges
        clock.links(0.0)
        if nodes.origin is None:
            nodes = replace(nodes, origin=Origin(graph, background(nodes.x)))
        prediction = predictor.predict(graph, nodes, clock.links)
    parent = _links(graphs, graph, prediction, nodes)
    level = Level(schedule.number, nodes, graph, prediction, parent, coarser)
    clock.tell("merge", level.new_links, 1.0)
    return level


def _merged(level: Level, work: Work) -> LevelNodes:
    """The next level's nodes; what the first level said of the images' links goes with them from there on."""
    nodes = work.coarsen(level.nodes, level.parent)
    if level.nodes.of is None and nodes.origin:
        judged = as_float(level.prediction.link_prob)
        nodes = replace(nodes, origin=replace(nodes.origin, link_prob=judged))
    return nodes


def _links(graphs: Graphs, graph: KnnGraph, prediction: LinkPrediction, nodes: LevelNodes) -> Array:
    """The links that a level makes: as the paper chooses them, or as its settings or its place ask for."""
    schedule, prob = graphs.schedule, prediction.link_prob
    settings = schedule.settings
    if schedule.coarser:
        return closest_links(graph, prob, nodes.size)
    if settings.linking == "agreed" and schedule.number > 1:
        return closest_links(graph, prob, nodes.size, tau=settings.tau, one_in=1)
    if settings.linking == "agreed":
        alike = shared_ends(graph.neighbors, prob, lambda: graphs.clock.links(1.0))
        surer = prob > settings.tau
        return agreed_parents(
            graph.neighbors, alike, prediction.density, least=settings.first_tau, allowed=surer
        )
    return parents_from_links(graph.neighbors, prob, prediction.density, tau=settings.tau)
