"""An observer of the level loop that keeps what is looked at later: nothing is done twice.

    build(..., observe=FirstLevel.beside(checkpoint.home))  ->  profile  ->  model.shift.compare

Knows nothing about checkpoints or what is done with the profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import Level
from hilander.hierarchy.copies import Distinct, distinct_rows
from hilander.hierarchy.image_graph import ImageGraph
from hilander.model.profile import Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FirstLevel:
    """Called with every level, looks at the first that it gets.

    `graph` is the k-NN graph of that level's nodes, `link_prob` the P of its links, `profile` its profile: None before,
    and where nothing has a neighbour. `recall` is the share of true neighbours in the graph, estimated where the search
    was approximate. Of each level, `wholes` has what the network saw of it as a whole.

    Parameters
    ----------
    neighbors : edges of each node to look at
    rng : draws rows of large levels
    """

    def __init__(self, neighbors: int, rng: np.random.Generator) -> None:
        self.neighbors, self.rng = neighbors, rng
        self.profile: Profile | None = None
        self.graph: KnnGraph | None = None
        self.link_prob: NDArray[np.float32] | None = None
        self._wholes: list[NDArray[np.float32]] = []

    @classmethod
    def beside(cls, home: tuple[Profile, ...]) -> FirstLevel:
        """One that looks at as many neighbours as the profiles that its own will be compared with."""
        return cls(max((one.neighbors for one in home), default=0), np.random.default_rng(0))

    def __call__(self, level: Level) -> None:
        if level.whole is not None and level.new_links:
            self._wholes.append(level.whole)
        if self.graph is not None:
            return
        self.graph = level.graph
        self.link_prob = level.prediction.link_prob.astype(np.float32)
        if self.neighbors:
            probability = level.prediction.link_prob
            self.profile = Profile.of(
                level.graph, probability, level.vectors, self.rng, neighbors=self.neighbors
            )

    @property
    def recall(self) -> float:
        return 1.0 if self.graph is None else round(self.graph.recall, 4)

    @property
    def wholes(self) -> NDArray[np.float32] | None:
        """float32 (levels that made links, w); None of a network that has nothing of the kind."""
        return np.stack(self._wholes) if self._wholes else None

    def image_graph(self, x: NDArray[np.float32]) -> ImageGraph | None:
        """The graph in image numbers; `x`, float32 (n, d), the unit rows that were clustered, looked at only
        where some are copies."""
        if self.graph is None:
            return None
        neighbors, similarity = self.graph.neighbors, self.graph.similarity
        if len(neighbors) == len(x):
            return ImageGraph(neighbors.astype(np.int32), similarity, None, self.link_prob)
        return self.graph_of(distinct_rows(x))

    def graph_of(self, distinct: Distinct) -> ImageGraph | None:
        """As `image_graph`, of what the rows that were clustered were sorted into.

        None where a card has sorted them otherwise: of multiples of a row, one may have been rounded to another there.
        """
        if self.graph is None or len(distinct.row) != self.graph.n:
            return None
        neighbors = distinct.row[self.graph.neighbors].astype(np.int32)
        node = distinct.of.astype(np.int32) if len(distinct.row) < len(distinct.of) else None
        return ImageGraph(neighbors, self.graph.similarity, node, self.link_prob)
