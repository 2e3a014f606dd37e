"""What the level loop does with the vectors of a level: done here, or wherever somebody else has them.

Knows nothing about networks, and nothing about where else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hilander.graph.either import Array
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.coarsen import coarsen
from hilander.hierarchy.schedule import LevelSettings
from hilander.model.base import LevelNodes


class Work(Protocol):
    """The two steps that touch all vectors, beside the predictor's."""

    def search(self, x: Array, settings: LevelSettings, progress: Callable[[float], None]) -> KnnGraph:
        """The k-NN graph of a level's vectors, float32 (n, d), unit rows."""
        ...

    def coarsen(self, nodes: LevelNodes, parent: Array) -> LevelNodes:
        """The next level's nodes, as `coarsen.coarsen` makes them."""
        ...


class Here:
    """In this process."""

    def search(self, x: Array, settings: LevelSettings, progress: Callable[[float], None]) -> KnnGraph:
        return KnnGraph.from_unit(
            x, k=settings.k, method=settings.knn, device=settings.device, progress=progress
        )

    def coarsen(self, nodes: LevelNodes, parent: Array) -> LevelNodes:
        return coarsen(nodes, parent)


HERE = Here()
