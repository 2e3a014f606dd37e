"""The k-NN graph of each level, one after the other: searched, or carried over from the level before.

Where all pairs of clusters are compared, more neighbours of each are found than its graph has. A level at which few
merge then costs a search of those few (`graph.carry`). Knows nothing about networks or links but what they join.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from hilander.graph.carry import carried, graph_of, longer
from hilander.graph.either import on_card
from hilander.graph.exact import SPARE
from hilander.graph.knn import KnnGraph, chosen_method
from hilander.graph.running import RunningTop
from hilander.hierarchy.coarsen import Groups
from hilander.hierarchy.grow import Level
from hilander.hierarchy.progress import Clock
from hilander.hierarchy.schedule import Schedule
from hilander.hierarchy.work import Work
from hilander.model.base import LevelNodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

# n^2 d of clusters from which their neighbours are not all compared: what is close is one cluster by then, and lists
# find the rest so seldom that all pairs are sooner (benchmarks/LOG.md)
CLUSTERS_FROM_COST = 2e12
CARRIED_FROM_COST = 1.6e13  # where the next levels will carry on what this one finds
LEAST_CARRIED = 4_000  # nodes from which looking for what has not changed is sooner than a search of all
SLOWLY = 0.5  # of its nodes are left of a level: at the next few will merge, and longer lists pay


@dataclass
class Graphs:
    """Of one clustering. `lists` : longer ones of the last level's nodes, where all pairs were compared"""

    schedule: Schedule
    work: Work
    clock: Clock
    lists: RunningTop | None = None

    def of(self, nodes: LevelNodes, before: Level | None) -> KnnGraph:
        """That of the next level's nodes; `before` is the level that they come from, None at the first."""
        schedule, settings = self.schedule, self.schedule.settings
        x = nodes.unit_mean() if schedule.coarser or settings.feature == "mean" else nodes.x
        if nodes.of is None:
            return self.work.search(x, settings, self.clock.knn)
        n, dim = x.shape
        m = wider = min(settings.k, n) - 1
        if before is not None and n > SLOWLY * len(before.nodes) and not schedule.coarser:
            wider = longer(n, m)
        from_cost = CARRIED_FROM_COST if wider > m else CLUSTERS_FROM_COST
        method = chosen_method(n, dim, settings.knn, settings.device, from_cost=from_cost)
        settings = replace(settings, knn=method)
        if method != "exact" or settings.device != "cpu" or on_card(x) or n < LEAST_CARRIED:
            self.lists = None
            return self.work.search(x, settings, self.clock.knn)
        self.lists = self._carried(x, m, before)
        if self.lists is None:
            wide = self.work.search(x, replace(settings, k=wider + 1), self.clock.knn)
            self.lists = RunningTop(torch.from_numpy(wide.similarity), torch.from_numpy(wide.neighbors))
        return graph_of(self.lists, m)

    def _carried(self, x: NDArray[np.float32], m: int, before: Level | None) -> RunningTop | None:
        settings = self.schedule.settings
        if self.lists is None or before is None or not before.new_links:
            return None
        if settings.feature != "mean" and before.coarser != self.schedule.coarser:
            return None  # of other vectors
        if self.lists.value.shape[1] <= m + SPARE:
            return None
        groups = Groups.made_by(before.parent, before.nodes.size)
        alone = np.bincount(groups.of) == 1
        return carried(self.lists, m, x, np.where(alone, groups.peaks, -1), groups.of)
