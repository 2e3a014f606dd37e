"""The first level on the workers: exact search by parts, prediction by parts of the nodes, means by groups.

Next levels, whose nodes are far fewer, are computed by the caller's own process. Knows nothing about dask, files but
shards, or what is done with the levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from hilander.distributed import part_tasks, tasks
from hilander.distributed.workers import Call, Future, Workers
from hilander.graph.exact import candidates, ties_broken
from hilander.graph.knn import KnnGraph
from hilander.graph.parts import Merged, Part, parts_of
from hilander.hierarchy.coarsen import Groups, next_nodes
from hilander.hierarchy.schedule import LevelSettings
from hilander.hierarchy.work import HERE
from hilander.io.shards import UnitRows
from hilander.model.base import LevelNodes, LinkPrediction
from hilander.model.ops import Tick
from hilander.model.predict import NetworkPredictor, prediction
from hilander.model.whole import of_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

PART_VALUES = 1 << 22  # of the vectors of one part's own nodes; its border has up to m times as many
PARTS = 4  # at least, where there are so many nodes


class Spread:
    """`hierarchy.work.Work` where the first level's vectors lie in shards that the workers read."""

    def __init__(self, workers: Workers, rows: UnitRows) -> None:
        self.workers, self.rows = workers, rows

    def search(
        self, x: NDArray[np.float32], settings: LevelSettings, progress: Callable[[float], None]
    ) -> KnnGraph:
        if cast(Any, x) is not self.rows:
            return HERE.search(x, settings, progress)
        n, dim = x.shape
        m = min(settings.k, n) - 1
        if m == 0:
            return KnnGraph(np.empty((n, 0), np.int64), np.empty((n, 0), np.float32))
        best, parts, done = Merged(n, candidates(n, m)), parts_of(n, dim, len(self.workers)), 0
        for some in ([it for it in parts if it.on_diagonal], [it for it in parts if not it.on_diagonal]):
            for _, found in self.workers.each(self._search_calls(some, best)):
                for entries in found:
                    best.add(entries)
                done += 1
                progress(done / len(parts))
        neighbors, similarity = ties_broken(best.value, best.index, m)
        return KnnGraph(neighbors.numpy(), similarity.numpy())

    def _search_calls(self, parts: list[Part], best: Merged) -> Iterator[Call]:
        """Made up one by one, so that each has the floors of all that has come in."""
        for part in parts:
            there, floors, end = None, None, part.end
            if not part.on_diagonal:
                there = self._numbers(slice(part.left, end))
                floors = best.floor(part.start, part.stop), best.floor(part.left, end)
            here = self._numbers(slice(part.start, end if part.on_diagonal else part.stop))
            args = (self.rows.shards, part, here, there, best.value.shape[1], floors)
            yield tasks.neighbors_of_part, args

    def coarsen(self, nodes: LevelNodes, parent: NDArray[np.int64]) -> LevelNodes:
        if cast(Any, nodes.x) is not self.rows:
            return HERE.coarsen(nodes, parent)
        groups = Groups.made_by(parent, nodes.size)
        order, count = np.argsort(groups.of, kind="stable"), np.bincount(groups.of)
        ends, made = np.concatenate([[0], np.cumsum(count)]), len(groups.peaks)
        step = max(1, PART_VALUES // self.rows.shape[1])
        places = np.searchsorted(ends, range(0, len(order) + step, step), side="right") - 1
        edges = np.unique(np.append(places, made)).tolist()
        mean = np.empty((made, self.rows.shape[1]), np.float32)

        def calls() -> Iterator[Call]:
            for low, high in pairwise(edges):
                some = order[ends[low] : ends[high]]
                of, weight = groups.of[some] - low, groups.weight[some]
                args = (self.rows.shards, self._numbers(some), of, weight, high - low)
                yield tasks.group_means, args

        for number, found in self.workers.each(calls()):
            mean[edges[number] : edges[number + 1]] = found
        return next_nodes(nodes, groups, mean)

    def _numbers(self, wanted: slice | NDArray[Any]) -> NDArray[Any]:
        return small(self.rows.numbers(wanted), self.rows.shards.n)


@dataclass(frozen=True)
class SpreadPredictor:
    """A predictor whose first level is judged by the workers, the others by `here`."""

    here: NetworkPredictor
    workers: Workers
    rows: UnitRows

    def least_nodes(self, k: int) -> int:
        return self.here.least_nodes(k)

    def predict(self, graph: KnnGraph, nodes: LevelNodes, tick: Tick | None = None) -> LinkPrediction:
        if nodes.of is not None or graph.n_edges == 0:
            return self.here.predict(graph, nodes, tick)
        spread = _Parts(self, graph, nodes)
        with torch.inference_mode():
            log_odds, whole = spread.log_odds(tick or (lambda _share: None))
            return prediction(graph, torch.from_numpy(log_odds), torch.from_numpy(whole))


class _Parts:
    """One prediction. What a step makes of each part stays on the workers; borders are fetched between steps."""

    def __init__(self, predictor: SpreadPredictor, graph: KnnGraph, nodes: LevelNodes) -> None:
        wide = predictor.here.wide(graph.n)
        assert wide is not None, "the caller has checked that"
        self.workers, self.shards = predictor.workers, predictor.rows.shards
        self.graph, self.nodes, self.rows = graph, nodes, predictor.rows
        self.rounds, self.short = wide.rounds, wide.short
        self.edges = _edges(
            graph, self.shards.dim, wide.block_rows(graph.neighbors.shape[1]), len(self.workers)
        )
        self.lists = [self._lists(*ends) for ends in pairwise(self.edges)]
        self.there = [self.workers.submit(tasks.keep, one) for one in self.lists]
        self.network = self.workers.submit(tasks.keep, predictor.here.judges(graph.n))

    def log_odds(self, tick: Tick) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """As `NetworkPredictor` makes them: of every edge, and what was seen of the level as a whole."""
        seen = self._seen()
        whole = self._whole(seen, tick)
        codes = [self.workers.submit(part_tasks.first_codes, self.network, one, whole) for one in seen]
        for turn in range(self.rounds):
            border = self._borders(part_tasks.at_places, [(one,) for one in codes])
            codes = [
                self.workers.submit(part_tasks.mixed_codes, self.network, turn, *own, near)
                for *own, near in zip(self.there, seen, codes, border, strict=True)
            ]
        border = self._borders(part_tasks.at_places, [(one,) for one in codes])
        ends = [
            self.workers.submit(part_tasks.log_odds_of_part, self.network, *own, near)
            for *own, near in zip(self.there, seen, codes, border, strict=True)
        ]
        return np.concatenate(self._results(ends, tick, 0.5)), whole

    def _seen(self) -> list[Future[Any]]:
        in_degree = np.bincount(self.graph.neighbors.reshape(-1), minlength=self.graph.n)
        facts = [self._facts(one, in_degree) for one in self.lists]
        near = [
            self.workers.submit(part_tasks.means_around, self.shards, one, fact.rows)
            for one, fact in zip(self.there, facts, strict=True)
        ]
        border = self._borders(part_tasks.of_border, list(zip(near, self.there, strict=True)))
        behind = self.nodes.background()
        known = [(behind, near[i], border[i], self.short) for i in range(len(near))]
        return [
            self.workers.submit(part_tasks.relations_of_part, self.shards, self.there[i], facts[i], *known[i])
            for i in range(len(near))
        ]

    def _whole(self, seen: list[Future[Any]], tick: Tick) -> NDArray[np.float32]:
        """The level as a whole, from what all parts tell."""
        told = [self.workers.submit(part_tasks.for_the_whole, one) for one in seen]
        common, within = (np.concatenate(one) for one in zip(*self._results(told, tick, 0.0), strict=True))
        neighbors, similarity = (
            torch.from_numpy(self.graph.neighbors),
            torch.from_numpy(self.graph.similarity),
        )
        of_nodes = _OfNodes(torch.zeros(self.graph.n), torch.from_numpy(within))
        return of_whole(self.nodes, neighbors, similarity, of_nodes, torch.from_numpy(common)).numpy()

    def _results(self, futures: list[Future[Any]], tick: Tick, low: float) -> list[Any]:
        for done, one in enumerate(self.workers.finished(futures), start=1):
            if one.status != "finished":
                self.workers.result(one)
            tick(low + 0.5 * done / len(futures))
        return [self.workers.result(one) for one in futures]

    def _borders(
        self, fetch: Callable[..., Any], made: list[tuple[Future[Any], ...]]
    ) -> list[list[Future[Any]]]:
        """Of every part, what `fetch` takes of the parts that its border belongs to, in their order."""
        return [
            [
                self.workers.submit(fetch, *made[owner], small(places, self.graph.n))
                for owner, places in _owned(one.border, self.edges)
            ]
            for one in self.lists
        ]

    def _lists(self, start: int, stop: int) -> part_tasks.Lists:
        neighbors = small(self.graph.neighbors[start:stop], self.graph.n)
        return part_tasks.Lists(start, neighbors, self.graph.similarity[start:stop], self.graph.n)

    def _facts(self, lists: part_tasks.Lists, in_degree: NDArray[np.int64]) -> part_tasks.Facts:
        nodes = np.concatenate([np.arange(lists.start, lists.start + len(lists)), lists.border])
        numbers = small(self.rows.numbers(nodes), self.shards.n)
        size, degree = (small(one[nodes], self.shards.n + 1) for one in (self.nodes.size, in_degree))
        return part_tasks.Facts(numbers, size, degree)


@dataclass(frozen=True)
class _OfNodes:
    """`whole.OfNodes` at the first level: no link has ended within a node yet."""

    stay: torch.Tensor
    within: torch.Tensor


def _edges(graph: KnnGraph, dim: int, block: int, workers: int) -> list[int]:
    """Where parts begin, and the end; all but the last hold whole blocks, which round as they do in one piece."""
    most = max(1, PART_VALUES // dim // block)
    blocks = max(1, min(most, -(-graph.n // (max(PARTS, 2 * workers) * block))))
    return [*range(0, graph.n, blocks * block), graph.n]


def _owned(nodes: NDArray[np.int64], edges: list[int]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """(part, places within it) of ascending nodes."""
    ends = np.searchsorted(nodes, edges)
    for owner, (low, high) in enumerate(pairwise(ends)):
        if high > low:
            yield owner, nodes[low:high] - edges[owner]


def small(numbers: NDArray[Any], most: int) -> NDArray[Any]:
    """Numbers below `most`, in half the bytes where that is possible."""
    return numbers.astype(np.uint32 if most < 2**32 else np.int64)
