"""The first level's prediction of one part of the nodes, step by step: what workers run, and keep for the next step.

    lists + vectors  ->  means of neighbourhoods  ->  relations  ->  codes, mixed in rounds  ->  log-odds

A part is nodes that follow each other. Of nodes beside it, its border, it takes what the step before has made of them
where they belong. Numbers within a part: its own nodes first, then its border, ascending. Pure functions, as `tasks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from hilander.distributed.tasks import unit_rows
from hilander.graph.background import Background
from hilander.graph.knn import KnnGraph
from hilander.graph.loops import wanted
from hilander.io.shards import Shards
from hilander.model.around import neighborhoods
from hilander.model.base import LevelNodes, Origin
from hilander.model.predict import Network
from hilander.model.relations import Relations, describe
from hilander.model.seen import Known, look_at_nodes
from hilander.model.wide import Share, Wide

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Lists:
    """The k-NN lists of a part.

    start : number of its first node;  neighbors : int (r, m), numbers in the whole graph;  similarity : float32 (r, m)
    images : nodes of the whole graph
    """

    start: int
    neighbors: NDArray[Any]
    similarity: NDArray[np.float32]
    images: int

    @property
    def loops(self) -> bool:
        """Whether compiled loops work on it, as on the whole level."""
        return wanted(self.images)

    def __len__(self) -> int:
        return len(self.neighbors)

    @cached_property
    def border(self) -> NDArray[np.int64]:
        """int64 (b,): the neighbours that belong to other parts, ascending."""
        every = np.unique(self.neighbors).astype(np.int64)
        return every[(every < self.start) | (every >= self.start + len(self))]

    def numbered(self, nodes: NDArray[Any]) -> NDArray[np.int64]:
        """Their numbers within the part; nodes that are neither own nor border get some past all of those."""
        nodes = nodes.astype(np.int64)
        place = np.searchsorted(self.border, nodes)
        known = self.border[np.minimum(place, len(self.border) - 1)] == nodes if len(self.border) else False
        own = (nodes >= self.start) & (nodes < self.start + len(self))
        outside = len(self) + len(self.border) + nodes
        return np.where(own, nodes - self.start, np.where(known, len(self) + place, outside))


@dataclass(frozen=True)
class Facts:
    """What is known of a part's nodes and border from the whole graph.

    rows : int (r + b,), their numbers in the shards;  size : int (r + b,), copies;  in_degree : int (r + b,)
    """

    rows: NDArray[Any]
    size: NDArray[Any]
    in_degree: NDArray[Any]


@dataclass(frozen=True)
class Border:
    """What other parts have of a border's nodes: float32 (b, d), and their lists."""

    near: NDArray[np.float32]
    neighbors: NDArray[Any]
    similarity: NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """node, edge, around : as in `Relations`;  common : float32 (r, m);  within : float32 (r,), as in `seen.Nodes`."""

    node: NDArray[np.float32]
    edge: NDArray[np.float32]
    common: NDArray[np.float32]
    within: NDArray[np.float32]
    around: NDArray[np.float32] | None


def means_around(shards: Shards, lists: Lists, rows: NDArray[Any]) -> NDArray[np.float32]:
    """float32 (r, d): the unit means of the neighbourhoods; `rows` as in `Facts`."""
    with torch.inference_mode():
        unit = torch.from_numpy(unit_rows(shards, rows))
        similarity = tensor(lists.similarity)
        near: NDArray[np.float32] = neighborhoods(unit, _own(lists), similarity, loops=lists.loops).numpy()
        return near


def of_border(near: NDArray[np.float32], lists: Lists, places: NDArray[Any]) -> Border:
    """What another part needs of this one's nodes at `places`."""
    return Border(near[places], lists.neighbors[places], lists.similarity[places])


def relations_of_part(  # noqa: PLR0917 - dask passes by position
    shards: Shards,
    lists: Lists,
    facts: Facts,
    behind: Background,
    near: NDArray[np.float32],
    border: Sequence[Border],
    short: bool,
) -> Seen:
    """Every node of the part, and its edges, described; `short` as in `relations`."""
    every = [Border(near, lists.neighbors, lists.similarity), *border]
    neighbors = lists.numbered(np.concatenate([one.neighbors for one in every]))
    similarity = np.concatenate([one.similarity for one in every])
    x, n = unit_rows(shards, facts.rows), len(facts.rows)
    origin = Origin(KnnGraph(neighbors, similarity), behind)
    nodes = LevelNodes(np.arange(n), x, x, facts.size.astype(np.int64), origin=origin)
    known = Known(
        torch.from_numpy(np.concatenate([one.near for one in every])),
        torch.from_numpy(facts.in_degree.astype(np.int64)),
    )
    with torch.inference_mode():
        graph = torch.from_numpy(neighbors), torch.from_numpy(similarity)
        level = look_at_nodes(*graph, nodes, None, known, loops=lists.loops)
        found = describe(level, len(lists), short=short)
        own = level.within[: len(lists)]
        node, edge, common = (one.numpy() for one in (found.node, found.edge, found.common))
        return Seen(node, edge, common, own.numpy(), None if found.around is None else found.around.numpy())


def for_the_whole(seen: Seen) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the level as a whole is described from: common, within."""
    return seen.common, seen.within


def first_codes(network: Network, seen: Seen, whole: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (r, c): the codes that the rounds begin with."""
    with torch.inference_mode():
        around = None if seen.around is None else tensor(seen.around)
        seen_as = Relations(tensor(seen.node), tensor(seen.edge), tensor(whole), around)
        codes: NDArray[np.float32] = _wide(network).first_codes(seen_as, Share(None, 1)).numpy()
        return codes


def at_places(codes: NDArray[np.float32], places: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(codes[places])


def mixed_codes(  # noqa: PLR0917 - dask passes by position
    network: Network,
    turn: int,
    lists: Lists,
    seen: Seen,
    codes: NDArray[np.float32],
    border: Sequence[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """float32 (r, c): the codes after one more round."""
    with torch.inference_mode():
        table = torch.from_numpy(np.concatenate([codes, *border]))
        _wide(network, lists.images).mix(table, turn, tensor(seen.edge), _own(lists), Share(None, 1))
        mixed: NDArray[np.float32] = table[: len(lists)].clone().numpy()
        return mixed


def log_odds_of_part(
    network: Network,
    lists: Lists,
    seen: Seen,
    codes: NDArray[np.float32],
    border: Sequence[NDArray[np.float32]],
) -> NDArray[np.float64]:
    """float64 (r, m): of linked, of every edge."""
    with torch.inference_mode():
        table = torch.from_numpy(np.concatenate([codes, *border]))
        odds: NDArray[np.float64] = (
            _wide(network, lists.images).judged(table, tensor(seen.edge), _own(lists), Share(None, 1)).numpy()
        )
        return odds


def _own(lists: Lists) -> Tensor:
    """int64 (r, m): the neighbours, numbered within the part."""
    return torch.from_numpy(lists.numbered(lists.neighbors))


def _wide(network: Network, images: int = 0) -> Wide:
    found = Wide.of(network, images)
    assert found is not None, "the client has checked that"
    return found


def tensor(values: NDArray[Any]) -> Tensor:
    """Without a copy where torch may write to it: what comes over the wire is often read-only."""
    return torch.from_numpy(values if values.flags.writeable else values.copy())
