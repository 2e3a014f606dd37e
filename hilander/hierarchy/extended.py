"""The forest's four arrays while new images join it: what is old stands, what is new is filled in level by level.

Nodes are distinct images, the old ones first. Knows nothing about how links are chosen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.hierarchy.decode import roots
from hilander.hierarchy.forest import Hierarchy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.copies import Distinct
    from hilander.model.base import LevelNodes

ARRAYS = ("parent", "merge_level", "link_prob", "link_sim")


class ExtendedForest:
    """Links of all nodes; `first_new` is the number of the first that is new."""

    def __init__(self, old: Hierarchy, distinct: Distinct) -> None:
        self.old, self.distinct = old, distinct
        self.first_new = int(np.searchsorted(distinct.row, old.n))
        row, new = distinct.row[: self.first_new], len(distinct.row) - self.first_new
        self.parent = np.append(distinct.of[old.parent[row]], self.first_new + np.arange(new))
        self.merge_level = np.append(old.merge_level[row], np.full(new, old.n_levels + 1, np.int16))
        self.link_prob = np.append(old.link_prob[row], np.zeros(new, np.float32))
        self.link_sim = np.append(old.link_sim[row], np.zeros(new, np.float32))
        self.density: list[NDArray[np.float32]] = []
        self.links: list[int] = []

    def left(self) -> NDArray[np.int64]:
        """The new nodes that have not joined any other yet, ascending."""
        return self.first_new + np.flatnonzero(self.merge_level[self.first_new :] > self.old.n_levels)

    def trees(self) -> NDArray[np.int64]:
        """int64 (nodes,): the peak of each old node at level 1; of a new one, itself."""
        node = np.arange(len(self.parent))
        top: NDArray[np.int64] = roots(np.where(self.merge_level == 1, self.parent, node))
        return top

    def step(self, number: int, nodes: LevelNodes) -> NDArray[np.int64]:
        """int64 (n,): the links that a level makes, old and new, in numbers of its nodes."""
        into = np.where(self.merge_level[nodes.image] == number, self.parent[nodes.image], nodes.image)
        return np.searchsorted(nodes.image, into)

    def join(
        self,
        number: int,
        child: NDArray[np.int64],
        into: NDArray[np.int64],
        link_prob: NDArray[np.floating[Any]],
    ) -> None:
        """Link some new nodes at a level."""
        x = self.distinct.x
        self.parent[child], self.merge_level[child], self.link_prob[child] = into, number, link_prob
        self.link_sim[child] = np.clip(np.einsum("nd,nd->n", x[child], x[into]), -1, 1)
        self.links.append(len(child))

    def finish(self) -> Hierarchy:
        """The hierarchy of all images; each new copy is linked to its first at level 1."""
        old, row, of = self.old, self.distinct.row, self.distinct.of
        new = np.arange(old.n, len(of))
        first, node = row[of[new]] == new, of[new]
        at_level_1: dict[str, Any] = {"parent": row[node], "merge_level": 1, "link_prob": 1, "link_sim": 1}
        own = {name: getattr(self, name)[node] for name in ARRAYS} | {"parent": row[self.parent[node]]}
        arrays: dict[str, Any] = {
            name: np.append(values, np.where(first, own[name], at_level_1[name])).astype(values.dtype)
            for name, values in ((name, getattr(old, name)) for name in ARRAYS)
        }
        return Hierarchy(
            **arrays,
            density=self._density(),
            levels=self._levels(int((~first).sum())),
            natural_level=old.natural_level,
        )

    def _density(self) -> NDArray[np.float32]:
        old, of = self.old, self.distinct.of
        first = old.density_at(0)
        new = self.density[0] if self.density else np.empty(0, np.float32)
        of_nodes = np.append(first[self.distinct.row[: self.first_new]], new)
        parts = [first, of_nodes[of[old.n :]]]
        for level in range(1, old.n_levels):
            parts += [old.density_at(level), *self.density[level : level + 1]]
        return np.concatenate(parts)

    def _levels(self, copies: int) -> Any:
        levels = list(self.old.levels)
        for level, (density, links) in enumerate(zip(self.density, self.links, strict=True)):
            before, new = levels[level], len(density)
            edges = before.edges + new * (before.edges // max(1, before.nodes))
            levels[level] = replace(
                before, nodes=before.nodes + new, edges=edges, new_links=before.new_links + links
            )
        levels[0] = replace(levels[0], nodes=levels[0].nodes + copies, new_links=levels[0].new_links + copies)
        return tuple(levels)
