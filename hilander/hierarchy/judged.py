"""What a run keeps of its making, so that new images can be judged beside the old: links, their P, the levels as seen.

    a run's image graph + unit vectors  <->  the same in numbers of distinct images

Knows nothing about how links are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.image_graph import ImageGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.copies import Distinct

LOOKED_AT = 1_000  # links whose cosines are computed again
ROUNDING = 1e-3


@dataclass(frozen=True)
class Judged:
    """What is known of the distinct images and of the levels.

    Attributes
    ----------
    graph : their k-NN graph
    link_prob : float32 (u, m), what the first level said of its links, in [0, 1]
    wholes : float32 (n_levels, w), `LinkPrediction.whole` of each level; None where there is none or it was not kept
    """

    graph: KnnGraph
    link_prob: NDArray[np.float32]
    wholes: NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls, kept: ImageGraph | None, wholes: NDArray[np.float32] | None, distinct: Distinct
    ) -> Judged | None:
        """What a run keeps, in numbers of its distinct images; None where it keeps no graph or no P.

        Raises
        ------
        InputError   the graph is of other embeddings
        """
        if kept is None:
            return None
        if len(kept.neighbors) != len(distinct.row):
            raise _others(f"{len(distinct.row):,} distinct ones where the run has {len(kept.neighbors):,}")
        graph = KnnGraph(distinct.of[kept.neighbors], np.array(kept.similarity))
        _check(graph, distinct.x)
        return None if kept.link_prob is None else cls(graph, np.array(kept.link_prob), wholes)

    def image_graph(self, distinct: Distinct) -> ImageGraph:
        """The graph in image numbers, as a run keeps it."""
        neighbors = distinct.row[self.graph.neighbors].astype(np.int32)
        node = distinct.of.astype(np.int32) if len(distinct.row) < len(distinct.of) else None
        return ImageGraph(neighbors, self.graph.similarity, node, self.link_prob)


def _check(graph: KnnGraph, x: NDArray[np.float32]) -> None:
    """InputError unless some links have the cosines that they should have."""
    if not graph.n_edges:
        return
    rows = np.arange(0, graph.n, -(-graph.n // LOOKED_AT))
    cosine = np.einsum("nd,nd->n", x[rows], x[graph.neighbors[rows, 0]])
    far = np.abs(cosine - graph.similarity[rows, 0]) > ROUNDING
    if far.any():
        raise _others(f"{int(far.sum()):,} of {len(rows):,} images looked at have other similarities")


def _others(how: str) -> InputError:
    return InputError(
        f"expected the embeddings that the run was made from, in its order; got others ({how}). "
        "Give the files that were clustered."
    )
