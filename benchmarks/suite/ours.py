"""hilander on a data set: its hierarchy by the public call, and each level of it scored.

Knows nothing about other methods.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import hilander
from suite.scoring import Row, best, measure

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy
    from suite.datasets import Dataset

NAME = "hilander"


@dataclass(frozen=True)
class Ours:
    """A hierarchy, and one row a level: entry l is level l, 0 being every image by itself."""

    hierarchy: Hierarchy
    levels: list[Row]

    @property
    def natural(self) -> Row:
        return replace(self.levels[self.hierarchy.natural_level], method=f"{NAME}, natural level")

    @property
    def best(self) -> Row:
        return replace(best(self.levels, self.levels[0].seconds), method=f"{NAME}, best level")


def warm_up(checkpoint: str) -> None:
    """Import and load what the first clustering of a process would, so that its time is not counted in."""
    hilander.cluster(np.eye(8, dtype=np.float32), k=3, checkpoint=checkpoint)


def cluster(data: Dataset, **settings: Any) -> Ours:
    """Cluster with the default checkpoint and settings but for those named."""
    began = time.perf_counter()
    hierarchy = hilander.cluster(data.x, **settings)
    seconds = time.perf_counter() - began
    rows = [_level(data, hierarchy, level, seconds) for level in range(hierarchy.n_levels + 1)]
    return Ours(hierarchy, rows)


def _level(data: Dataset, hierarchy: Hierarchy, level: int, seconds: float) -> Row:
    setting = f"level {level} of {hierarchy.n_levels}"
    row = measure(data.name, NAME, setting, data.labels, hierarchy.labels_at(level))
    return replace(row, seconds=seconds)
