"""What nodes and edges of a level are described from: cosines, overlaps, and the images' own links between clusters.

    k-NN graph + nodes  ->  Nodes, of a whole level  ->  Edges, of some nodes that follow each other

Knows nothing about which of it a network sees, and how.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from hilander.graph.background import Background
from hilander.graph.either import Array, on_card
from hilander.graph.groups import counted
from hilander.graph.threads import row_blocks
from hilander.model.around import cosines, neighborhoods, row_by_row
from hilander.model.base import LevelNodes
from hilander.model.crossing import Crossing, ImageLinks
from hilander.model.ops import rows_at
from hilander.model.overlap import overlap

SHORTEST = 1e-12  # length of a mean that has a direction, as in `normalize`


def on_device(values: Array, device: str | torch.device) -> Tensor:
    """As a tensor on a device; without a copy where it is there already."""
    tensor: Tensor = values if on_card(values) else torch.from_numpy(values)
    return tensor.to(device)


def count_links(nodes: LevelNodes, like: Tensor) -> Crossing:
    """The images' links between the nodes of a level past the first, on the device of `like`."""
    assert nodes.origin is not None
    prob, neighbors = nodes.origin.link_prob, nodes.origin.graph.neighbors
    judged = None if prob is None else on_device(prob, like.device)
    links = ImageLinks.of(on_device(neighbors, like.device), judged, whole=on_card(neighbors))
    return links.between(on_device(nodes.clusters(), like.device), len(nodes))


@dataclass(frozen=True)
class Nodes:
    """What is known of every node before its edges are looked at: float32 (n,) where nothing else is said."""

    neighbors: Tensor  # int64 (n, m)
    numbers: Tensor  # int32 (n, m), the same in half the bytes
    similarity: Tensor  # (n, m)
    behind: Background
    mean: Tensor  # (n, d), as in LevelNodes
    peak: Tensor  # (n, d); at the first level the same tensor as the mean
    unit: Tensor  # (n, d), the mean made unit
    near: Tensor  # (n, d), unit mean of the neighbourhood
    size: Tensor
    length: Tensor  # of the mean of a node's unit embeddings
    within: Tensor  # mean cosine of two images of a node; of a single one, its best neighbour's
    around_own: Tensor  # of the node and the mean of its own neighbourhood
    mean_similarity: Tensor
    log_size: Tensor
    popularity: Tensor  # log of in-degree over out-degree, one added to both
    crossed: Crossing | None  # at the first level None
    degree: Tensor  # links of all images of a node
    stay_count: Tensor  # of those, the ones that end within the node
    stay: Tensor  # the share of these
    held: Tensor  # mean P of the links within a node; 0 without any
    leaving: Tensor  # sum of P over the links that leave it
    every: Tensor  # over all
    loops: bool = False  # its edges are looked at by compiled loops (`relations_on_host`)

    def above(self, similarity: Tensor) -> Tensor:
        return above(similarity, self.behind)


def above(similarity: Tensor, behind: Background) -> Tensor:
    """In quarters of a spread above the background."""
    return (similarity - behind.mean) / behind.spread / 4


@dataclass(frozen=True)
class Known:
    """What some nodes of a level do not show of themselves.

    near : float32 (n, d), unit means of their neighbourhoods;  in_degree : int64 (n,), in the whole graph
    """

    near: Tensor
    in_degree: Tensor


def look_at_nodes(
    neighbors: Tensor,
    similarity: Tensor,
    nodes: LevelNodes,
    crossed: Crossing | None,
    known: Known | None = None,
    *,
    loops: bool = False,
) -> Nodes:
    n, m = neighbors.shape
    mean, size = (on_device(one, neighbors.device) for one in (nodes.mean, nodes.size))
    size = size.float()
    unit = mean if nodes.mean is nodes.x else normalize(mean, dim=1)  # every image by itself is of length 1
    near = known.near if known else neighborhoods(unit, neighbors, similarity, loops=loops)
    length = torch.linalg.vector_norm(mean, dim=1)
    pairs = (length.square() * size - 1) / (size - 1).clamp_min(1)
    in_degree = known.in_degree if known else counted(neighbors.reshape(-1), n)
    node = torch.arange(n, device=neighbors.device)
    nothing = torch.zeros_like(size)
    stay, sure_stay = crossed.links(node, node) if crossed else (nothing, nothing)
    every, degree = (crossed.every, crossed.degree) if crossed else (nothing, torch.full_like(size, m))
    return Nodes(
        neighbors,
        neighbors.int(),
        similarity,
        nodes.background(),
        mean,
        peak=mean if nodes.x is nodes.mean else on_device(nodes.x, neighbors.device),
        unit=unit,
        near=near,
        size=size,
        length=length,
        within=torch.where(size > 1.5, pairs, similarity[:, 0]),
        around_own=row_by_row(unit, near),
        mean_similarity=similarity.mean(1),
        log_size=torch.log(size) / 4,
        popularity=torch.log((in_degree.float() + 1) / (m + 1)),
        crossed=crossed,
        degree=degree,
        stay_count=stay,
        stay=stay / degree,
        held=sure_stay / stay.clamp_min(1),
        leaving=every - sure_stay,
        every=every,
        loops=loops,
    )


@dataclass(frozen=True)
class Edges:
    """The edges of some nodes that follow each other: float32 (b, m) where nothing else is said."""

    level: Nodes
    rows: slice
    neighbors: Tensor  # int64
    similarity: Tensor
    average: Tensor  # mean cosine of an image here and one there
    peaks: Tensor  # cosine of the two peaks
    around: Tensor  # cosine of the means of the two neighbourhoods
    around_here: Tensor  # of the neighbour and the mean of the node's neighbourhood
    around_there: Tensor  # of the node and the mean of the neighbour's neighbourhood
    common: Tensor
    rank_back: Tensor
    mutual: Tensor
    out: Tensor  # links of the images from here to there
    back: Tensor
    sure_out: Tensor  # the same, each link counted by its P
    sure_back: Tensor

    def here(self, value: Tensor) -> Tensor:
        return value[self.rows][:, None]

    def there(self, value: Tensor) -> Tensor:
        return rows_at(value, self.neighbors)


def look_at_edges(level: Nodes, rows: slice) -> Edges:
    own = level.neighbors[rows]
    common, rank_back = overlap(level.numbers, rows)
    mutual = (rank_back < own.shape[1]).float()
    if level.crossed:
        node = torch.arange(rows.start, rows.stop, device=own.device)[:, None].expand_as(own)
        (out, sure_out), (back, sure_back) = level.crossed.links(node, own), level.crossed.links(own, node)
    else:  # each link stands for itself, and nothing was said of it yet
        nothing = mutual.new_zeros(()).expand_as(mutual)
        out, back, sure_out, sure_back = nothing + 1, mutual, nothing, nothing
    average, peaks, around, around_here, around_there = _cosines(level, rows)
    return Edges(
        level,
        rows,
        own,
        level.similarity[rows],
        average,
        peaks,
        around,
        around_here / rows_at(level.length, own).clamp_min(SHORTEST),
        around_there,
        common=common,
        rank_back=rank_back,
        mutual=mutual,
        out=out,
        back=back,
        sure_out=sure_out,
        sure_back=sure_back,
    )


def _cosines(level: Nodes, rows: slice) -> Tensor:
    """float32 (5, b, m), the five cosines of `Edges` in its order; `around_here` times the mean's length.

    In blocks of their own: a neighbour's coordinates are many times what else is seen of an edge.
    """
    (b, m), (dim, device) = level.neighbors[rows].shape, (level.mean.shape[1], level.mean.device)
    found = level.mean.new_empty(5, b, m)
    for block in row_blocks(b, m * dim, device):
        part = slice(rows.start + block.start, rows.start + block.stop)
        own, near = level.neighbors[part], level.near[part]
        to_mean = cosines(torch.stack([level.mean[part], near], 1), rows_at(level.mean, own))
        to_near = cosines(torch.stack([near, level.unit[part]], 1), rows_at(level.near, own))
        found[0, block], found[3, block] = to_mean.unbind(1)
        found[2, block], found[4, block] = to_near.unbind(1)
        if level.peak is not level.mean:
            found[1, block] = cosines(level.peak[part, None], rows_at(level.peak, own)).squeeze(1)
    if level.peak is level.mean:
        found[1] = found[0]
    return found
