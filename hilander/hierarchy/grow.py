"""A finished level, and the forest's four arrays while levels are added to it.

Knows nothing about how links are chosen or when to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.graph.knn import KnnGraph
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.model.base import LevelNodes, LinkPrediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 65_536  # links whose images are compared at a time


@dataclass(frozen=True)
class Level:
    """One finished step: the nodes it started from, their graph, the prediction, the links taken.

    coarser : it is past the natural level
    """

    number: int
    nodes: LevelNodes
    graph: KnnGraph
    prediction: LinkPrediction
    parent: NDArray[np.int64]
    coarser: bool = False

    @property
    def new_links(self) -> int:
        return int((self.parent != np.arange(len(self.parent))).sum())

    def link_sim(self, child: NDArray[np.int64], slot: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of the two images of some links (node, and place among its neighbours), whatever the graph is of."""
        x, into = self.nodes.x, self.graph.neighbors[child, slot]
        cosine = np.empty(len(child), np.float32)
        for start in range(0, len(child), ROWS):
            part = slice(start, start + ROWS)
            cosine[part] = np.einsum("nd,nd->n", x[child[part]], x[into[part]])
        return np.clip(cosine, -1, 1)


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
        child = np.flatnonzero(level.parent != np.arange(len(level.parent)))
        into = level.parent[child]
        slot = (level.graph.neighbors[child] == into[:, None]).argmax(1)
        image = level.nodes.image[child]
        self.parent[image] = level.nodes.image[into]
        self.merge_level[image] = level.number
        self.link_prob[image] = level.prediction.link_prob[child, slot]
        self.link_sim[image] = level.link_sim(child, slot)
        self.density.append(level.prediction.density)
        self.new_links = len(child)
        self.natural_level += not level.coarser
        self.stats.append(LevelStats(len(level.nodes), level.graph.n_edges, len(child)))

    def finish(self) -> Hierarchy:
        arrays: dict[str, Any] = {
            name: getattr(self, name) for name in ("parent", "merge_level", "link_prob", "link_sim")
        }
        self.merge_level[self.merge_level == 0] = len(self.stats) + 1
        density = np.concatenate(self.density) if self.density else np.zeros(0, np.float32)
        return Hierarchy(
            **arrays, density=density, levels=tuple(self.stats), natural_level=self.natural_level
        )
