"""What RelationalLANDER sees of a level as a whole: how large it is, how far merging has come, what is similar in it.

    k-NN graph + nodes + what was seen of them  ->  (WHOLE_WIDTH,)

Knows nothing about learning, nor about single nodes and edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from hilander.graph.background import Background
from hilander.graph.groups import counted
from hilander.model.base import LevelNodes
from hilander.model.seen import above, on_device

WHOLE_WIDTH = 16
MOST = 12_000  # nodes beyond which their number says no more: no training set is larger
SAMPLED = 100_000  # similarities, about, that quantiles are taken of


class OfNodes(Protocol):
    """What the whole level is described from, of each of its n nodes: float32 (n,). `seen.Nodes` has it."""

    @property
    def stay(self) -> Tensor: ...

    @property
    def within(self) -> Tensor: ...


def of_whole(
    nodes: LevelNodes, neighbors: Tensor, similarity: Tensor, level: OfNodes, common: Tensor
) -> Tensor:
    """The level as a whole: float32 (WHOLE_WIDTH,). `common` : float32 (n, m), as in `Described`."""
    images = neighbors if nodes.origin is None else nodes.origin.graph.neighbors
    of_level = _of_level(nodes, similarity, level, common, len(images))
    return torch.cat([_of_images(nodes, neighbors, similarity), of_level])


def images_of(nodes: LevelNodes) -> int:
    """How many images a level is made of; where these nodes are but a part of it, `MOST` at most."""
    if nodes.whole is not None:
        return round(float(np.exp(10 * nodes.whole[0].astype(np.float64))))
    return len(nodes.clusters())


def _of_images(nodes: LevelNodes, neighbors: Tensor, similarity: Tensor) -> Tensor:
    """The images' own graph in eight numbers; computed at the first level and handed on from there."""
    if nodes.origin is None:
        return _of_graph(neighbors, similarity, nodes.background())
    kept, graph = nodes.origin.kept, nodes.origin.graph
    if "of_images" not in kept:
        near, at_first = (on_device(one, neighbors.device) for one in (graph.neighbors, graph.similarity))
        kept["of_images"] = _of_graph(near, at_first, nodes.background())
    found: Tensor = kept["of_images"]
    return found


def _of_graph(neighbors: Tensor, similarity: Tensor, behind: Background) -> Tensor:
    n, m = neighbors.shape
    sample = similarity[:: -(-n * m // SAMPLED)].flatten()
    low, middle, high = torch.quantile(sample, _vector([0.1, 0.5, 0.9], sample))
    in_degree = counted(neighbors.flatten(), n).float()
    spread = in_degree.std(correction=0) / m
    fall = (similarity[:, 0] - similarity[:, -1]).mean()
    return _vector([_log(n), behind.mean, behind.spread, low, middle, high, fall, spread], similarity)


def _mean(values: Tensor) -> Tensor:
    """In float64, so that it is almost surely the same float32 whatever the order of the nodes."""
    return values.mean(dtype=torch.float64).float()


def _vector(values: Sequence[float | Tensor], like: Tensor) -> Tensor:
    """float32 (values,), on the device of another tensor, which need not be waited for."""
    return torch.stack([one if isinstance(one, Tensor) else like.new_full((), one) for one in values])


def _of_level(nodes: LevelNodes, similarity: Tensor, level: OfNodes, common: Tensor, images: int) -> Tensor:
    """How far merging has come, and what it has made, in eight numbers."""
    n, size = len(nodes), on_device(nodes.size, similarity.device).float()
    values: list[float | Tensor] = [
        _log(n),
        float(np.log(n / images)) / 5,
        _mean(level.stay),
        _mean(level.stay * size) / _mean(size),
        _mean(level.within),
        _mean(above(level.within, nodes.background())),
        _mean(common),
        _mean(similarity[:, 0]),
    ]
    return _vector(values, similarity)


def _log(n: int) -> float:
    return float(np.log(min(n, MOST))) / 10
