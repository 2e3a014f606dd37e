"""Exact copies of an image are one node from the start.

    unit vectors  ->  distinct rows  ->  (level loop)  ->  hierarchy of the distinct  ->  hierarchy of all

More copies than k would otherwise be each other's only neighbours, and could end in several clusters. The paper
and its release do not treat them; without copies nothing changes. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.graph.either import Array, fetched, flat_places, library, numbered, on_card
from hilander.graph.groups import counted
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.io.duplicates import first_copies
from hilander.model.base import LevelNodes

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Distinct:
    """x : float32 (u, d), the distinct rows; row : int64 (u,), where each first stands; of : int64 (n,), the
    distinct row that each of the n rows equals. Tensors while the level loop runs on a card."""

    x: Array
    row: Array
    of: Array

    @property
    def copies(self) -> NDArray[np.int64]:
        """The rows that equal an earlier one."""
        return np.setdiff1d(np.arange(len(self.of)), self.row, assume_unique=True)

    def nodes(self) -> LevelNodes:
        """The first level's nodes: each distinct row by itself, as large as it has copies."""
        size = counted(self.of, len(self.row)) if on_card(self.of) else np.bincount(self.of)
        return LevelNodes(numbered(self.row), self.x, self.x, size)

    def on_host(self) -> Distinct:
        """The same with `row` and `of` as numpy arrays; `x` stays where it is."""
        if not on_card(self.of):
            return self
        if len(self.row) == len(self.of):
            return Distinct(self.x, np.arange(len(self.row)), np.arange(len(self.row)))
        return Distinct(self.x, *fetched(self.row, self.of))


def distinct_rows(x: NDArray[np.float32]) -> Distinct:
    """Sort out rows that equal an earlier row in every value; `x` itself where there are none."""
    return sorted_out(x, first_copies(x))


def sorted_out(x: Array, first: Array) -> Distinct:
    """The same where `first`, int64 (n,), tells the first row that each equals; both may be a card's."""
    row = flat_places(first == numbered(first))
    return Distinct(x if len(row) == len(x) else x[row], row, library(row).searchsorted(row, first))


def with_copies(hierarchy: Hierarchy, distinct: Distinct) -> Hierarchy:
    """The hierarchy of all rows: each copy is linked to its first at level 1, with probability and cosine 1.

    Level 1 counts these links too, and exists for them alone if nothing else merged up to the natural level.
    """
    copies, row, of = distinct.copies, distinct.row, distinct.of
    if not len(copies):
        return hierarchy
    if hierarchy.natural_level == 0:
        hierarchy = _after_an_empty_level(hierarchy)
    n, n_levels = len(of), hierarchy.n_levels
    parent = row[of]
    parent[row] = row[hierarchy.parent]
    spread = {
        name: _fill(n, row, getattr(hierarchy, name), 1) for name in ("merge_level", "link_prob", "link_sim")
    }
    never = row[hierarchy.parent == np.arange(len(row))]
    spread["merge_level"][never] = n_levels + 1
    first, *others = hierarchy.levels
    return Hierarchy(
        parent=parent,
        **spread,
        density=np.concatenate([hierarchy.density[of], hierarchy.density[len(row) :]]),
        levels=(replace(first, nodes=n, new_links=first.new_links + len(copies)), *others),
        natural_level=hierarchy.natural_level,
    )


def _after_an_empty_level(hierarchy: Hierarchy) -> Hierarchy:
    """The same hierarchy, one level later."""
    nothing = np.zeros(hierarchy.n, np.float32)
    return replace(
        hierarchy,
        merge_level=hierarchy.merge_level + np.int16(1),
        density=np.concatenate([nothing, hierarchy.density]),
        levels=(LevelStats(hierarchy.n, 0, 0), *hierarchy.levels),
        natural_level=1,
    )


def _fill(n: int, row: NDArray[np.int64], values: NDArray[Any], other: int) -> NDArray[Any]:
    out = np.full(n, other, values.dtype)
    out[row] = values
    return out
