"""New images into a hierarchy that stands: each joins at the first level that lets it, and nothing old is linked anew.

    hierarchy and judged k-NN graph of n images + unit vectors of n and more  ->  hierarchy of all

The level loop once more, but at each level only nodes made of new images alone are judged (`vicinity`) and linked
(`joins`); means and sizes of the others grow with what joins them. Knows nothing about files, ids or when to cluster
anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.graph.background import background
from hilander.graph.insert import insert, nearest
from hilander.hierarchy.closest import cost
from hilander.hierarchy.coarsen import coarsen
from hilander.hierarchy.copies import Distinct, distinct_rows
from hilander.hierarchy.extended import ExtendedForest
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.joins import agreed_joins, closest_joins, may_join, surest_joins
from hilander.hierarchy.judged import Judged
from hilander.hierarchy.progress import Clock, ProgressCallback
from hilander.hierarchy.schedule import LevelSettings
from hilander.hierarchy.vicinity import Vicinity, judged_around
from hilander.hierarchy.walks import shared_ends
from hilander.model.base import LevelNodes, Origin, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Added:
    """hierarchy : of all images, the old ones first, their links as they were; judged : of the distinct ones."""

    hierarchy: Hierarchy
    judged: Judged
    distinct: Distinct


def add(
    hierarchy: Hierarchy,
    judged: Judged,
    x: NDArray[np.float32],
    predictor: Predictor,
    settings: LevelSettings,
    *,
    progress: ProgressCallback | None = None,
) -> Added:
    """Let the rows of `x` past the hierarchy's n join it.

    Parameters
    ----------
    hierarchy : with a natural level of 1 at least
    judged : of the distinct rows among the first n
    x : float32 (n + new, d), unit rows
    predictor, settings : those that the hierarchy was built with
    progress : called where a level begins and before the network runs, `nodes` those that are new; may raise
        `Cancelled`

    Raises
    ------
    InputError   nothing ever merged in the hierarchy, so that there is nothing to join; fewer images than neighbours
    """
    if hierarchy.natural_level == 0:
        raise InputError(
            "expected a hierarchy in which images merged; got one whose natural level is 0, every image by itself. "
            "Cluster all images together."
        )
    if judged.graph.neighbors.shape[1] < settings.k - 1:
        raise InputError(
            f"expected a hierarchy of {settings.k} distinct images or more, as many as k; got {judged.graph.n}. "
            "Cluster all images together."
        )
    return _Adding(hierarchy, judged, x, predictor, settings, clock=Clock(progress)).run()


class _Adding:
    def __init__(
        self,
        hierarchy: Hierarchy,
        judged: Judged,
        x: NDArray[np.float32],
        predictor: Predictor,
        settings: LevelSettings,
        *,
        clock: Clock,
    ) -> None:
        self.predictor, self.settings, self.before, self.clock = predictor, settings, judged, clock
        self.natural, self.last = hierarchy.natural_level, hierarchy.n_levels
        self.distinct = distinct_rows(x)
        self.forest = ExtendedForest(hierarchy, self.distinct)
        clock.start(1, len(self.forest.left()), coarser=False)
        self.graph, self.changed = insert(judged.graph, self.distinct.x)

    def run(self) -> Added:
        link_prob = self.before.link_prob
        nodes = replace(self.distinct.nodes(), origin=Origin(self.graph, background(self.distinct.x)))
        for number in range(1, self.last + 1):
            if not len(self.forest.left()):
                break
            if number > 1:
                self.clock.start(number, len(self.forest.left()), coarser=number > self.natural)
            part = self._level(number, nodes)
            if number == 1:
                link_prob = self._all_judged(part)
            nodes = coarsen(nodes, self.forest.step(number, nodes))
            if number == 1:
                nodes = replace(nodes, origin=Origin(self.graph, nodes.background(), link_prob))
        return Added(self.forest.finish(), Judged(self.graph, link_prob, self.before.wholes), self.distinct)

    def _level(self, number: int, nodes: LevelNodes) -> Vicinity:
        """Judge and link the nodes that are new at one level."""
        core = np.searchsorted(nodes.image, self.forest.left())
        mean = number > self.natural or self.settings.feature == "mean"
        x = nodes.unit_mean() if mean else nodes.x
        m = min(self.settings.k, len(nodes)) - 1
        self.clock.links(0.0)

        def lists(rows: NDArray[np.int64]) -> NDArray[np.int64]:
            return self.graph.neighbors[rows] if number == 1 else nearest(x, rows, m)

        part = judged_around(
            core,
            nodes,
            x,
            lists,
            self.predictor,
            k=self.settings.k,
            also=self.changed if number == 1 else core[:0],
            whole=None if self.before.wholes is None else self.before.wholes[number - 1],
            device=self.settings.device,
        )
        parent = self._links(number, nodes, x, part)
        child = np.flatnonzero(parent != np.arange(len(parent)))
        slot = (part.graph.neighbors[child] == parent[child][:, None]).argmax(1)
        image = nodes.image[part.rows]
        self.forest.density.append(part.prediction.density[part.place(core)])
        self.forest.join(number, image[child], image[parent[child]], part.prediction.link_prob[child, slot])
        return part

    def _links(
        self, number: int, nodes: LevelNodes, x: NDArray[np.float32], part: Vicinity
    ) -> NDArray[np.int64]:
        """int64 (s,): whom each node of the part joins; only new nodes do."""
        settings, near, prob = self.settings, part.graph.neighbors, part.prediction.link_prob
        new = nodes.image[part.rows] >= self.forest.first_new
        size, density = nodes.size[part.rows], part.prediction.density
        if number > self.natural:
            open_to = may_join(near, new, size, prob > 0)
            return closest_joins(part.graph, size, open_to, self._farthest(number, nodes, x))
        if settings.linking == "surest":
            return surest_joins(near, prob, may_join(near, new, density, prob > settings.tau))
        if number > 1:
            return closest_joins(part.graph, size, may_join(near, new, size, prob > settings.tau), np.inf)
        alike = shared_ends(near, prob)
        open_to = may_join(near, new, density, (prob > settings.tau) & (alike > settings.first_tau))
        return agreed_joins(near, alike, open_to, self.forest.trees()[part.rows])

    def _farthest(self, number: int, nodes: LevelNodes, x: NDArray[np.float32]) -> float:
        """What the costliest old link of a coarser level costs, that is how far it went; all join at the last."""
        if number == self.last:
            return np.inf
        parent = self.forest.step(number, nodes)
        child = np.flatnonzero(parent != np.arange(len(parent)))
        cosine = np.einsum("nd,nd->n", x[child], x[parent[child]])
        return float(cost(cosine, nodes.size[child], nodes.size[parent[child]]).max(initial=0))

    def _all_judged(self, part: Vicinity) -> NDArray[np.float32]:
        """P of every image's links: what was known stands, new ones are as judged in the part."""
        n, m = self.graph.neighbors.shape
        known = np.zeros((n, m), np.float32)
        known[: self.forest.first_new] = self.before.link_prob
        rows = np.append(self.changed, np.arange(self.forest.first_new, n))
        before, into = self.before.graph.neighbors[self.changed], part.rows[part.graph.neighbors]
        keys = np.concatenate([_keys(self.changed, before, n), _keys(part.rows, into, n)])
        values = np.concatenate(
            [self.before.link_prob[self.changed].ravel(), part.prediction.link_prob.ravel()]
        )
        keys, first = np.unique(keys, return_index=True)
        wanted = _keys(rows, self.graph.neighbors[rows], n)
        at = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
        known[rows] = np.where(keys[at] == wanted, values[first][at], 0).reshape(len(rows), m)
        return known


def _keys(rows: NDArray[np.int64], into: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return (rows[:, None] * n + into).ravel()
