"""What RelationalLANDER sees of a level: similarities, ranks, overlaps and links. No coordinate leaves `seen`.

    k-NN graph + nodes  ->  (n, NODE_WIDTH), (n, m, EDGE_WIDTH) and (`whole.WHOLE_WIDTH`,) arrays

Every value is unitless and of order 1, whatever the embedding's dimension or k. A similarity is seen twice: as it
is, and in spreads above that of two random images (`graph.background`), since each embedding model has its own
scale. Knows nothing about learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from hilander.graph.host_rows import HostRows, rows_for
from hilander.graph.loops import wanted
from hilander.graph.threads import each_block, row_blocks
from hilander.model.base import LevelNodes
from hilander.model.crossing import Crossing
from hilander.model.ops import Tick
from hilander.model.relations_on_host import describing
from hilander.model.seen import Edges, Nodes, count_links, look_at_edges, look_at_nodes, on_device
from hilander.model.whole import images_of, of_whole

PROFILE = 6  # points that a node's sorted similarities are resampled to
NODE_WIDTH = 2 * PROFILE + 15
EDGE_WIDTH = 42
# columns from the first on say at the first level no more than the second does (`links_at_first`)
AT_FIRST, MUTUAL = 28, 21
Bounds = tuple[Tensor, Tensor]
FEW = 0.02  # share of links added to a divisor that may be 0


@dataclass(frozen=True)
class Relations:
    """node : float32 (n, NODE_WIDTH); edge : float32 (n, m, EDGE_WIDTH); whole : float32 (`whole.WHOLE_WIDTH`,).

    edge : (n, m, AT_FIRST) where who reads them knows the others (`links_at_first`)
    around : float32 (n, EDGE_WIDTH), the mean of a node's edges where it was made on the way;  cut : since then each
        edge has been cut off at a network's bounds
    """

    node: Tensor
    edge: Tensor
    whole: Tensor
    around: Tensor | None = None
    cut: bool = False

    def rows(self, rows: Tensor | slice) -> Relations:
        around = None if self.around is None else self.around[rows]
        return Relations(self.node[rows], self.edge[rows], self.whole, around, self.cut)

    def to(self, device: str) -> Relations:
        around = None if self.around is None else self.around.to(device)
        return Relations(self.node.to(device), self.edge.to(device), self.whole.to(device), around, self.cut)

    def mean_edges(self) -> Tensor:
        """float32 (n, EDGE_WIDTH), as if none had been cut off."""
        return self.edge.mean(1) if self.around is None else self.around


def relations(
    neighbors: Tensor,
    similarity: Tensor,
    nodes: LevelNodes,
    tick: Tick | None = None,
    crossed: Crossing | None = None,
    *,
    by_blocks: bool = False,
    bounds: Bounds | None = None,
    short: bool = False,
) -> Relations:
    """Describe every node and edge of a level's k-NN graph, and the level as a whole, without coordinates.

    Parameters
    ----------
    neighbors : int64 (n, m), similarity : float32 (n, m) in [-1, 1], descending along rows; m >= 1
    nodes : of the level; their `origin` may be None at the first level, whose graph is then the images' own
    tick : called with the share done, 0 to 1, block by block; may raise to stop
    crossed : the images' links between the nodes, where they are counted already
    by_blocks : who reads them takes edges by slices of nodes alone: where they would fill a card, the host keeps them
    bounds : least and largest value of each column of edges for who reads them, float32 (EDGE_WIDTH,): compiled loops
        cut them off at once
    short : who reads them takes AT_FIRST columns of edges at the first level; compiled loops make no others then
    """
    first = nodes.of is None
    links = None if first else crossed or count_links(nodes, neighbors)
    loops = wanted(images_of(nodes), neighbors.device)
    level = look_at_nodes(neighbors, similarity, nodes, links, loops=loops)
    found = describe(level, len(neighbors), tick, by_blocks=by_blocks, bounds=bounds, short=short)
    if nodes.whole is not None:
        whole = on_device(nodes.whole, neighbors.device)
    else:
        whole = of_whole(nodes, neighbors, similarity, level, found.common)
    return Relations(found.node, found.edge, whole, found.around, cut=loops and bounds is not None)


@dataclass(frozen=True)
class Described:
    """Of r nodes: node, edge, around as in `Relations`;  common : float32 (r, m), shares of common neighbours."""

    node: Tensor
    edge: Tensor
    common: Tensor
    around: Tensor | None


def describe(
    level: Nodes,
    n: int,
    tick: Tick | None = None,
    *,
    by_blocks: bool = False,
    bounds: Bounds | None = None,
    short: bool = False,
) -> Described:
    """The first n nodes of a level, or of a part of it, and their edges; others as in `relations`."""
    similarity, m = level.similarity, level.similarity.shape[1]
    node, common = similarity.new_empty(n, NODE_WIDTH), similarity.new_empty(n, m)
    width = AT_FIRST if short and level.loops and level.crossed is None else EDGE_WIDTH
    edge = rows_for((n, m, width), similarity, on_host=by_blocks)

    def with_torch(rows: slice) -> None:
        seen = look_at_edges(level, rows)
        every = torch.stack(_of_edges(seen))
        if isinstance(edge, HostRows):
            edge[rows] = every.permute(1, 2, 0).contiguous()
        else:
            edge[rows].flatten(0, 1).copy_(every.flatten(1).T)  # sooner than to stack them inside
        node[rows], common[rows] = _of_nodes(seen), seen.common

    around, one_block = None, cast(Callable[[slice], None], with_torch)
    if level.loops:
        around = similarity.new_empty(n, EDGE_WIDTH)
        into = node, cast(Tensor, edge), common, around
        one_block = describing(level, into, bounds or _no_bounds(similarity), PROFILE)
    blocks = row_blocks(n, m * max(m, EDGE_WIDTH), similarity.device)
    for done in each_block(one_block, blocks, similarity.device):
        if tick:
            tick(done / n)
    return Described(node, cast(Tensor, edge), common, around)


def _no_bounds(like: Tensor) -> Bounds:
    most = torch.finfo(torch.float32).max
    return like.new_full((EDGE_WIDTH,), -most), like.new_full((EDGE_WIDTH,), most)


def _of_nodes(seen: Edges) -> Tensor:
    level, rows = seen.level, seen.rows
    profile = resample(seen.similarity, PROFILE)
    single = [
        level.around_own[rows],
        level.above(seen.around).mean(1),
        seen.similarity.std(1, correction=0),
        level.popularity[rows],
        seen.common.mean(1),
        seen.mutual.mean(1),
        level.log_size[rows],
        level.stay[rows],
        level.within[rows],
        level.above(level.within[rows]),
        level.length[rows],
        (seen.out / seen.here(level.degree)).sum(1),
        (seen.back / seen.there(level.degree)).sum(1),
        level.held[rows],
        (level.leaving / (level.degree - level.stay_count).clamp_min(1))[rows],
    ]
    return torch.cat([profile, level.above(profile), torch.stack(single, dim=1)], dim=1)


def _of_edges(seen: Edges) -> list[Tensor]:
    return [*_similarities(seen), *_places(seen), *_sizes(seen), *_links(seen)]


def _similarities(seen: Edges) -> list[Tensor]:
    """Of the two ends, by themselves and against what else each end knows."""
    level, similarity, here, there = seen.level, seen.similarity, seen.here, seen.there
    best, worst = level.similarity[:, 0], level.similarity[:, -1]
    return [
        *(level.above(one) for one in (similarity, seen.average, seen.peaks, seen.around)),
        *(similarity, seen.average, seen.peaks, seen.around, seen.around_here, seen.around_there),
        similarity - here(best),
        similarity - here(worst),
        similarity - there(best),
        similarity - there(worst),
        seen.average - here(level.within),
        seen.average - there(level.within),
        seen.around_here - here(level.around_own),
        seen.around_there - there(level.around_own),
        seen.around - seen.around.amax(1, keepdim=True),
    ]


def _places(seen: Edges) -> list[Tensor]:
    """Ranks, overlaps, and how the two ends differ."""
    level, (n, m) = seen.level, seen.similarity.shape
    rank = torch.arange(m, device=seen.neighbors.device, dtype=torch.float32).expand(n, m) / m
    of_nodes = (level.mean_similarity, level.popularity, level.log_size)
    return [
        *(rank, seen.rank_back / m, seen.mutual, seen.common),
        *(seen.there(value) - seen.here(value) for value in of_nodes),
    ]


def _sizes(seen: Edges) -> list[Tensor]:
    here = seen.here(seen.level.log_size).expand_as(seen.similarity)
    there = seen.there(seen.level.log_size)
    return [torch.minimum(here, there), torch.maximum(here, there)]


def _links(seen: Edges) -> list[Tensor]:
    """The images' own links between the two ends, as shares of all of an end's links, and of those that leave it."""
    level, here, there = seen.level, seen.here, seen.there
    if level.crossed is None:
        return _links_of_images(seen.mutual)
    out, back = seen.out / here(level.degree), seen.back / there(level.degree)
    return [
        *(out.sqrt(), back.sqrt()),
        out / (1 - here(level.stay) + FEW),
        back / (1 - there(level.stay) + FEW),
        here(level.stay).expand_as(out),
        there(level.stay),
        torch.log1p(seen.out + seen.back) / 4,
        *_judged(seen),
    ]


def links_at_first(m: int) -> Tensor:
    """Columns AT_FIRST to EDGE_WIDTH of a link of m at the first level, not mutual and mutual: float32 (2, 14)."""
    mutual = torch.tensor([0.0, 1.0])[:, None].expand(2, m)
    return torch.stack(_links_of_images(mutual), dim=2)[:, 0]


def _links_of_images(mutual: Tensor) -> list[Tensor]:
    """The same at the first level, where each link of m stands for itself, none is within a node, none was judged."""
    m = mutual.shape[1]
    nothing = mutual.new_zeros(()).expand_as(mutual)
    one = nothing + 1
    return [
        *(one * m**-0.5, mutual * m**-0.5),
        *(one / m / (1 + FEW), mutual / m / (1 + FEW)),
        *(nothing, nothing),
        torch.log1p(one + mutual) / 4,
        *[nothing] * 7,
    ]


def _judged(seen: Edges) -> list[Tensor]:
    """What the first level said of the images' links between the two ends; past it."""
    level, here, there = seen.level, seen.here, seen.there
    between = seen.sure_out + seen.sure_back
    mean = between / (seen.out + seen.back).clamp_min(1)
    leaving, every = level.leaving + FEW * level.degree, level.every + FEW
    return [
        mean,
        seen.sure_out / here(leaving),
        seen.sure_back / there(leaving),
        seen.sure_out / here(every),
        seen.sure_back / there(every),
        torch.log1p(between) / 4,
        mean - 0.5 * (here(level.held) + there(level.held)),
    ]


def resample(values: Tensor, points: int) -> Tensor:
    """Rows of (n, m) read at `points` evenly spaced places, by linear interpolation."""
    place = torch.linspace(0, values.shape[1] - 1, points, device=values.device)
    low = place.floor().long()
    high = (low + 1).clamp_max(values.shape[1] - 1)
    share = place - low
    return values[:, low] * (1 - share) + values[:, high] * share
