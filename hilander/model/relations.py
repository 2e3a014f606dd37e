"""What RelationalLANDER sees of a level: similarities, ranks, overlaps and links. No coordinate leaves this module.

    k-NN graph + nodes  ->  (n, NODE_WIDTH), (n, m, EDGE_WIDTH) and (WHOLE_WIDTH,) arrays

Every value is unitless and of order 1, whatever the embedding's dimension or k. A similarity is seen twice: as it
is, and in spreads above that of two random images (`graph.background`), since each embedding model has its own
scale. Knows nothing about learning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from hilander.graph.background import Background
from hilander.model.around import cosines, neighborhoods
from hilander.model.base import LevelNodes
from hilander.model.crossing import Crossing, crossing
from hilander.model.ops import Tick
from hilander.model.overlap import overlap

PROFILE = 6  # points that a node's sorted similarities are resampled to
NODE_WIDTH = 2 * PROFILE + 15
EDGE_WIDTH = 42
WHOLE_WIDTH = 16
MOST = 12_000  # nodes beyond which their number says no more: no training set is larger
FEW = 0.02  # share of links added to a divisor that may be 0


@dataclass(frozen=True)
class Relations:
    """node : float32 (n, NODE_WIDTH); edge : float32 (n, m, EDGE_WIDTH); whole : float32 (WHOLE_WIDTH,)."""

    node: Tensor
    edge: Tensor
    whole: Tensor

    def rows(self, rows: Tensor) -> Relations:
        return Relations(self.node[rows], self.edge[rows], self.whole)

    def to(self, device: str) -> Relations:
        return Relations(self.node.to(device), self.edge.to(device), self.whole.to(device))


def relations(
    neighbors: Tensor, similarity: Tensor, nodes: LevelNodes, tick: Tick | None = None
) -> Relations:
    """Describe every node and edge of a level's k-NN graph, and the level as a whole, without coordinates.

    Parameters
    ----------
    neighbors : int64 (n, m), similarity : float32 (n, m) in [-1, 1], descending along rows; m >= 1
    nodes : of the level; their `origin` may be None at the first level, whose graph is then the images' own
    tick : called with the share done, 0 to 1, block by block; may raise to stop
    """
    origin = nodes.origin
    images = neighbors if origin is None else _on(origin.graph.neighbors, neighbors)
    at_first = similarity if origin is None else _on(origin.graph.similarity, neighbors)
    behind = nodes.background()
    seen = _look(neighbors, similarity, nodes, images, tick)
    if nodes.whole is None:
        whole = torch.cat([_of_images(images, at_first, behind), _of_level(seen, len(images))])
    else:
        whole = _on(nodes.whole, neighbors)
    return Relations(_of_nodes(seen), _of_edges(seen), whole)


@dataclass(frozen=True)
class _Seen:
    """What nodes and edges are described from: float32, (n,) or (n, m)."""

    neighbors: Tensor
    similarity: Tensor
    behind: Background
    size: Tensor
    length: Tensor  # of the mean of a node's unit embeddings
    within: Tensor  # mean cosine of two images of a node; of a single one, its best neighbour's
    average: Tensor  # mean cosine of an image here and one there
    peaks: Tensor  # cosine of the two peaks
    around: Tensor  # cosine of the means of the two neighbourhoods
    around_here: Tensor  # of the neighbour and the mean of the node's neighbourhood
    around_there: Tensor  # of the node and the mean of the neighbour's neighbourhood
    around_own: Tensor  # of the node and the mean of its own neighbourhood
    common: Tensor
    rank_back: Tensor
    links: Crossing
    degree: Tensor  # links of all images of a node

    @property
    def log_size(self) -> Tensor:
        return torch.log(self.size) / 4

    @property
    def mutual(self) -> Tensor:
        return (self.rank_back < self.neighbors.shape[1]).float()

    @property
    def popularity(self) -> Tensor:
        """Log of in-degree over out-degree, one added to both."""
        n, m = self.neighbors.shape
        in_degree = torch.bincount(self.neighbors.reshape(-1), minlength=n).float()
        return torch.log((in_degree + 1) / (m + 1))

    def above(self, similarity: Tensor) -> Tensor:
        """In quarters of a spread above the background."""
        return (similarity - self.behind.mean) / self.behind.spread / 4


def _look(
    neighbors: Tensor, similarity: Tensor, nodes: LevelNodes, images: Tensor, tick: Tick | None
) -> _Seen:
    mean, peak, size = (_on(one, neighbors) for one in (nodes.mean, nodes.x, nodes.size.astype(np.float32)))
    unit = normalize(mean, dim=1)
    near = neighborhoods(unit, neighbors, similarity)
    squared = mean.square().sum(1)
    pairs = (squared * size - 1) / (size - 1).clamp_min(1)
    common, rank_back = overlap(neighbors, tick)
    cluster = _on(nodes.clusters(), neighbors)
    prob = nodes.origin.link_prob if nodes.origin else None
    judged = None if prob is None else _on(prob, neighbors)
    return _Seen(
        neighbors,
        similarity,
        nodes.background(),
        size,
        length=squared.sqrt(),
        within=torch.where(size > 1.5, pairs, similarity[:, 0]),
        average=cosines(mean, mean, neighbors),
        peaks=cosines(peak, peak, neighbors),
        around=cosines(near, near, neighbors),
        around_here=cosines(near, unit, neighbors),
        around_there=cosines(unit, near, neighbors),
        around_own=(unit * near).sum(1),
        common=common,
        rank_back=rank_back,
        links=crossing(images, cluster, neighbors, judged),
        degree=torch.bincount(cluster, minlength=len(neighbors)).float() * images.shape[1],
    )


def _of_nodes(seen: _Seen) -> Tensor:
    profile = resample(seen.similarity, PROFILE)
    single = [
        seen.around_own,
        seen.above(seen.around).mean(1),
        seen.similarity.std(1, correction=0),
        seen.popularity,
        seen.common.mean(1),
        seen.mutual.mean(1),
        seen.log_size,
        seen.links.stay / seen.degree,
        seen.within,
        seen.above(seen.within),
        seen.length,
        (seen.links.out / seen.degree[:, None]).sum(1),
        (seen.links.back / seen.degree[seen.neighbors]).sum(1),
        seen.links.held,
        (seen.links.sure_all - seen.links.sure_stay) / (seen.degree - seen.links.stay).clamp_min(1),
    ]
    return torch.cat([profile, seen.above(profile), torch.stack(single, dim=1)], dim=1)


def _of_edges(seen: _Seen) -> Tensor:
    return torch.stack([*_similarities(seen), *_places(seen), *_sizes(seen), *_links(seen)], dim=2)


def _similarities(seen: _Seen) -> list[Tensor]:
    """Of the two ends, by themselves and against what else each end knows."""
    similarity, neighbors = seen.similarity, seen.neighbors
    best, worst = similarity[:, 0], similarity[:, -1]

    def here(value: Tensor) -> Tensor:
        return value[:, None]

    def there(value: Tensor) -> Tensor:
        return value[neighbors]

    return [
        *(seen.above(one) for one in (similarity, seen.average, seen.peaks, seen.around)),
        *(similarity, seen.average, seen.peaks, seen.around, seen.around_here, seen.around_there),
        similarity - here(best),
        similarity - here(worst),
        similarity - there(best),
        similarity - there(worst),
        seen.average - here(seen.within),
        seen.average - there(seen.within),
        seen.around_here - here(seen.around_own),
        seen.around_there - there(seen.around_own),
        seen.around - seen.around.amax(1, keepdim=True),
    ]


def _places(seen: _Seen) -> list[Tensor]:
    """Ranks, overlaps, and how the two ends differ."""
    n, m = seen.neighbors.shape
    rank = torch.arange(m, device=seen.neighbors.device, dtype=torch.float32).expand(n, m) / m
    of_nodes = (seen.similarity.mean(1), seen.popularity, seen.log_size)
    return [
        *(rank, seen.rank_back / m, seen.mutual, seen.common),
        *(value[seen.neighbors] - value[:, None] for value in of_nodes),
    ]


def _sizes(seen: _Seen) -> list[Tensor]:
    here, there = seen.log_size[:, None].expand_as(seen.similarity), seen.log_size[seen.neighbors]
    return [torch.minimum(here, there), torch.maximum(here, there)]


def _links(seen: _Seen) -> list[Tensor]:
    """The images' own links between the two ends, as shares of all of an end's links, and of those that leave it."""
    neighbors, links, degree = seen.neighbors, seen.links, seen.degree
    stay = links.stay / degree
    out, back = links.out / degree[:, None], links.back / degree[neighbors]
    return [
        *(out.sqrt(), back.sqrt()),
        out / (1 - stay[:, None] + FEW),
        back / (1 - stay[neighbors] + FEW),
        stay[:, None].expand_as(out),
        stay[neighbors],
        torch.log1p(links.out + links.back) / 4,
        *_judged(seen),
    ]


def _judged(seen: _Seen) -> list[Tensor]:
    """What the first level said of the images' links between the two ends; all 0 at the first level itself."""
    neighbors, links = seen.neighbors, seen.links
    between = links.sure_out + links.sure_back
    mean = between / (links.out + links.back).clamp_min(1)
    leaving = links.sure_all - links.sure_stay + FEW * seen.degree
    every = links.sure_all + FEW
    return [
        mean,
        links.sure_out / leaving[:, None],
        links.sure_back / leaving[neighbors],
        links.sure_out / every[:, None],
        links.sure_back / every[neighbors],
        torch.log1p(between) / 4,
        mean - 0.5 * (links.held[:, None] + links.held[neighbors]),
    ]


def _of_images(neighbors: Tensor, similarity: Tensor, behind: Background) -> Tensor:
    """The images' own graph in eight numbers."""
    n, m = neighbors.shape
    sample = similarity[:: -(-n * m // 1_000_000)].flatten()
    low, middle, high = torch.quantile(sample, sample.new_tensor([0.1, 0.5, 0.9])).tolist()
    in_degree = torch.bincount(neighbors.flatten(), minlength=n).float()
    spread = in_degree.std(correction=0) / m
    fall = (similarity[:, 0] - similarity[:, -1]).mean()
    values = [_log(n), behind.mean, behind.spread, low, middle, high, fall, spread]
    return similarity.new_tensor([float(value) for value in values])


def _of_level(seen: _Seen, images: int) -> Tensor:
    """How far merging has come, and what it has made, in eight numbers."""
    n, stay = len(seen.size), seen.links.stay / seen.degree
    values = [
        _log(n),
        np.log(n / images) / 5,
        stay.mean(),
        (stay * seen.size).sum() / seen.size.sum(),
        seen.within.mean(),
        seen.above(seen.within).mean(),
        seen.common.mean(),
        seen.similarity[:, 0].mean(),
    ]
    return seen.similarity.new_tensor([float(value) for value in values])


def _log(n: int) -> float:
    return float(np.log(min(n, MOST))) / 10


def _on(values: np.ndarray, like: Tensor) -> Tensor:
    return torch.from_numpy(values).to(like.device)


def resample(values: Tensor, points: int) -> Tensor:
    """Rows of (n, m) read at `points` evenly spaced places, by linear interpolation."""
    place = torch.linspace(0, values.shape[1] - 1, points, device=values.device)
    low = place.floor().long()
    high = (low + 1).clamp_max(values.shape[1] - 1)
    share = place - low
    return values[:, low] * (1 - share) + values[:, high] * share
