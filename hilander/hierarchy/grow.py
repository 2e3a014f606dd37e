"""A finished level, and the forest's four arrays while levels are added to it.

A level that was made on a card stays there; what the forest keeps of it comes to the host in one copy.
Knows nothing about how links are chosen or when to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.graph.either import Array, as_float, fetched, numbered, on_card, on_host, rows_on_host
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.model.base import LevelNodes, LinkPrediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = {False: 2**16, True: 2**21}  # links whose images are compared at a time, on the host and on a card


@dataclass(frozen=True)
class Links:
    """What is kept of a level of n nodes that makes c links, on the host.

    Attributes
    ----------
    image, into : int64 (c,)            the image that is linked, and to which
    prob, sim : float (c,)              probability of the link, and cosine of its two images
    density : float32 (n,)              of the level's nodes
    """

    image: NDArray[np.int64]
    into: NDArray[np.int64]
    prob: NDArray[np.floating[Any]]
    sim: NDArray[np.float32]
    density: NDArray[np.float32]


@dataclass(frozen=True)
class Level:
    """One finished step: the nodes it started from, their graph, the prediction, the links taken.

    coarser : it is past the natural level
    """

    number: int
    nodes: LevelNodes
    graph: KnnGraph
    prediction: LinkPrediction
    parent: Array
    coarser: bool = False

    @cached_property
    def new_links(self) -> int:
        if on_card(self.parent):
            return len(self.links.image)
        return int((self.parent != np.arange(len(self.parent))).sum())

    @cached_property
    def links(self) -> Links:
        """From a card all of it comes at once, and how many links there are is known only then."""
        if on_card(self.parent):
            parent, image, prob, sim, density, _ = self._on_card
            child = np.flatnonzero(parent != np.arange(len(parent)))
            return Links(image[child], image[parent[child]], prob[child], sim[child], density)
        child = np.flatnonzero(self.parent != np.arange(len(self.parent)))
        image = self.nodes.image
        prob, sim = self._of_links(child, self.parent[child])
        return Links(image[child], image[self.parent[child]], prob, sim, self.prediction.density)

    @property
    def whole(self) -> NDArray[np.float32] | None:
        """What the network saw of the level as a whole, on the host."""
        if self.prediction.whole is None:
            return None
        found: NDArray[np.float32] = self._on_card[-1] if on_card(self.parent) else self.prediction.whole
        return found

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The unit embeddings of some nodes' images, on the host."""
        return rows_on_host(self.nodes.x, rows)

    def on_host(self) -> Level:
        """The same with numpy arrays, each of which comes from a card when it is first looked at."""
        return Fetched(self) if on_card(self.parent) else self

    @cached_property
    def _on_card(self) -> list[NDArray[Any]]:
        """Of every node: parent, image, probability and cosine of its link, density; and `whole`."""
        prob, sim = self._of_links(numbered(self.parent), self.parent)
        whole = sim[:0] if self.prediction.whole is None else self.prediction.whole
        return fetched(self.parent, self.nodes.image, prob, sim, self.prediction.density, whole)

    def _of_links(self, child: Array, into: Array) -> tuple[Array, Array]:
        """P of some links, and the cosines of their two images, whatever the graph is of; of none P of any."""
        chosen = self.graph.neighbors[child] == into[:, None]
        slot = (chosen.byte() if on_card(chosen) else chosen).argmax(1)
        x, cosine = self.nodes.x, as_float(child) * 0
        each = ROWS[on_card(x)]
        for start in range(0, len(child), each):
            part = slice(start, start + each)
            here, there = x[child[part]], x[into[part]]
            cosine[part] = (here * there).sum(1) if on_card(x) else np.einsum("nd,nd->n", here, there)
        return self.prediction.link_prob[child, slot], cosine.clip(-1, 1)


class Fetched(Level):
    """A level made on a card, as numpy arrays."""

    def __init__(self, level: Level) -> None:
        self.__dict__.update(
            number=level.number, coarser=level.coarser, links=level.links, new_links=level.new_links
        )
        self.__dict__["_there"] = level

    _there: Level

    @cached_property
    def graph(self) -> KnnGraph:
        there = self._there.graph
        return KnnGraph(on_host(there.neighbors), on_host(there.similarity), there.recall)

    @cached_property
    def prediction(self) -> LinkPrediction:
        return LinkPrediction(on_host(self._there.prediction.link_prob), self.links.density, self.whole)

    @cached_property
    def parent(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._there._on_card[0]
        return found

    @cached_property
    def nodes(self) -> LevelNodes:
        """Without `origin`."""
        there = self._there.nodes
        x = on_host(there.x)
        mean = x if there.mean is there.x else on_host(there.mean)
        of = None if there.of is None else on_host(there.of)
        return LevelNodes(self._there._on_card[1], x, mean, on_host(there.size), of)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._there.vectors(rows)

    @property
    def whole(self) -> NDArray[np.float32] | None:
        return self._there.whole


class GrowingForest:
    """The four arrays of the hierarchy while they grow; `finish` makes it whole."""

    def __init__(self, n: int) -> None:
        self.parent = np.arange(n)
        self.merge_level = np.zeros(n, np.int16)
        self.link_prob = np.zeros(n, np.float32)
        self.link_sim = np.zeros(n, np.float32)
        self.density: list[NDArray[np.float32]] = []
        self.stats: list[LevelStats] = []
        self.new_links = self.natural_level = 0

    def add(self, level: Level) -> None:
        links = level.links
        self.parent[links.image] = links.into
        self.merge_level[links.image] = level.number
        self.link_prob[links.image] = links.prob
        self.link_sim[links.image] = links.sim
        self.density.append(links.density)
        self.new_links = len(links.image)
        self.natural_level += not level.coarser
        self.stats.append(LevelStats(len(level.nodes), level.graph.n_edges, self.new_links))

    def finish(self) -> Hierarchy:
        arrays: dict[str, Any] = {
            name: getattr(self, name) for name in ("parent", "merge_level", "link_prob", "link_sim")
        }
        self.merge_level[self.merge_level == 0] = len(self.stats) + 1
        density = np.concatenate(self.density) if self.density else np.zeros(0, np.float32)
        return Hierarchy(
            **arrays, density=density, levels=tuple(self.stats), natural_level=self.natural_level
        )
