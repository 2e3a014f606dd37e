"""The level loop, the only one: k-NN graph, prediction, links, coarser nodes, until nothing more merges.

    unit vectors + predictor  ->  Hierarchy

Inference passes a network as the predictor, training the labels or the network under training. Knows nothing
about how a predictor works, about files or labels.
Source: Xing et al., ICCV 2021, Algorithm 1; stopping rules as released.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hilander.config import KnnMethod
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.coarsen import coarsen
from hilander.hierarchy.copies import distinct_rows, with_copies
from hilander.hierarchy.decode import parents_from_links
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.model.base import LevelNodes, LinkPrediction, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

Stage = Literal["knn", "links", "merge", "done"]


@dataclass(frozen=True)
class Progress:
    """Where the level loop stands.

    Attributes
    ----------
    level : the level being built, from 1
    stage : "knn" (searching), "links" (the network runs), "merge" (level finished), "done" (all finished)
    nodes, edges : of this level's graph (edges 0 until the search is over)
    new_links : links this level made (from "merge" on)
    seconds : since the start of the whole run
    fraction : share of this stage done, 0 to 1
    """

    level: int
    stage: Stage
    nodes: int
    edges: int
    new_links: int
    seconds: float
    fraction: float


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class LevelSettings:
    """What the loop needs to know: k and tau as in `ClusterConfig`, `early_stop` decided, device resolved."""

    k: int = 10
    tau: float = 0.5
    levels: int = 10
    early_stop: bool = False
    knn: KnnMethod = "auto"
    device: str = "cpu"


@dataclass(frozen=True)
class Level:
    """One finished step: the nodes it started from, their graph, the prediction, the links taken."""

    number: int
    nodes: LevelNodes
    graph: KnnGraph
    prediction: LinkPrediction
    parent: NDArray[np.int64]

    @property
    def new_links(self) -> int:
        return int((self.parent != np.arange(len(self.parent))).sum())


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
    clock = _Clock(progress)
    distinct = distinct_rows(x)
    forest = _Forest(len(distinct.row))
    for level in levels(distinct.nodes(), predictor, settings, clock, with_converged=True):
        if observe:
            observe(level)
        if level.new_links:
            forest.add(level)
    clock.tell("done", forest.new_links, 1.0)
    return with_copies(forest.finish(), distinct)


def levels(
    nodes: LevelNodes,
    predictor: Predictor,
    settings: LevelSettings,
    clock: _Clock | None = None,
    *,
    with_converged: bool = False,
) -> Iterator[Level]:
    """Yield the levels that make at least one link, in order; stop as the paper and its release do.

    Stops after `settings.levels`, at a level without new links (convergence, not yielded), before a level with
    fewer nodes than the predictor wants, and with early stop after a level whose links are more than one
    (k - 1)-th of the level before. With `with_converged`, a level without new links is yielded before stopping:
    training must see where to stop.
    """
    clock, links_before = clock or _Clock(None), 0
    for number in range(1, settings.levels + 1):
        if len(nodes) < (2 if number == 1 else predictor.least_nodes(settings.k)):
            return
        level = _step(number, nodes, predictor, settings, clock)
        if level.new_links or with_converged:
            yield level
        if level.new_links == 0:
            return
        if settings.early_stop and number > 1 and links_before < level.new_links * (settings.k - 1):
            return
        nodes, links_before = coarsen(nodes, level.parent), level.new_links


def _step(
    number: int, nodes: LevelNodes, predictor: Predictor, settings: LevelSettings, clock: _Clock
) -> Level:
    clock.start(number, len(nodes))
    graph = KnnGraph.from_unit(
        nodes.x, k=settings.k, method=settings.knn, device=settings.device, progress=clock.knn
    )
    clock.edges = graph.n_edges
    clock.links(0.0)
    prediction = predictor.predict(graph, nodes, clock.links)
    parent = parents_from_links(graph.neighbors, prediction.link_prob, prediction.density, tau=settings.tau)
    level = Level(number, nodes, graph, prediction, parent)
    clock.tell("merge", level.new_links, 1.0)
    return level


class _Clock:
    """Turns what the loop is doing into `Progress` records."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self.callback = callback
        self.began = time.perf_counter()
        self.level = self.nodes = self.edges = 0

    def start(self, level: int, nodes: int) -> None:
        self.level, self.nodes, self.edges = level, nodes, 0
        self.knn(0.0)

    def knn(self, fraction: float) -> None:
        self.tell("knn", 0, fraction)

    def links(self, fraction: float) -> None:
        self.tell("links", 0, fraction)

    def tell(self, stage: Stage, new_links: int, fraction: float) -> None:
        if self.callback:
            seconds = time.perf_counter() - self.began
            self.callback(Progress(self.level, stage, self.nodes, self.edges, new_links, seconds, fraction))


class _Forest:
    """The four arrays of the hierarchy while they grow."""

    def __init__(self, n: int) -> None:
        self.parent = np.arange(n)
        self.merge_level = np.zeros(n, np.int16)
        self.link_prob = np.zeros(n, np.float32)
        self.link_sim = np.zeros(n, np.float32)
        self.density: list[NDArray[np.float32]] = []
        self.stats: list[LevelStats] = []
        self.new_links = 0

    def add(self, level: Level) -> None:
        child = np.flatnonzero(level.parent != np.arange(len(level.parent)))
        into = level.parent[child]
        slot = (level.graph.neighbors[child] == into[:, None]).argmax(1)
        image = level.nodes.image[child]
        self.parent[image] = level.nodes.image[into]
        self.merge_level[image] = level.number
        self.link_prob[image] = level.prediction.link_prob[child, slot]
        self.link_sim[image] = level.graph.similarity[child, slot]
        self.density.append(level.prediction.density)
        self.new_links = len(child)
        self.stats.append(LevelStats(len(level.nodes), level.graph.n_edges, len(child)))

    def finish(self) -> Hierarchy:
        arrays: dict[str, Any] = {
            name: getattr(self, name) for name in ("parent", "merge_level", "link_prob", "link_sim")
        }
        self.merge_level[self.merge_level == 0] = len(self.stats) + 1
        density = np.concatenate(self.density) if self.density else np.zeros(0, np.float32)
        return Hierarchy(**arrays, density=density, levels=tuple(self.stats), natural_level=len(self.stats))
