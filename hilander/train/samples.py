"""What one training step sees: a level, its true links and densities, and batches of its nodes.

    levels of the level loop + labels  ->  LevelSample  ->  Batch

Knows nothing about losses or optimisers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hilander.hierarchy.build import LevelSettings, levels
from hilander.hierarchy.coarsen import first_nodes
from hilander.hierarchy.decode import denser
from hilander.model.base import Predictor
from hilander.model.predict import Network, network_inputs
from hilander.model.relations import Relations
from hilander.train.oracle import LabelOracle

if TYPE_CHECKING:
    from numpy.typing import NDArray

Inputs = Tensor | Relations


@dataclass(frozen=True)
class LevelSample:
    """One level, ready for a network.

    Attributes
    ----------
    neighbors : int64 (n, m);  similarity : float32 (n, m)
    inputs : what the network takes beside the graph: features (n, d), or Relations
    linked : bool (n, m)       both ends are of one identity
    counted : bool (n, m)      the neighbour's true density is the higher: the links that decoding may use
    density : float32 (n,)     true density
    """

    neighbors: Tensor
    similarity: Tensor
    inputs: Inputs
    linked: Tensor
    counted: Tensor
    density: Tensor

    def __len__(self) -> int:
        return len(self.neighbors)


def level_samples(
    x: NDArray[np.float32],
    labels: NDArray[np.int64],
    predictor: Predictor,
    settings: LevelSettings,
    network: Network,
) -> Iterator[LevelSample]:
    """Samples of all levels that `predictor` builds: true ones of a `LabelOracle`, own ones of the network.

    A node's identity is that of its peak image. The level at which nothing more merges is among them: without
    it the network never learns to stop.
    """
    oracle = LabelOracle(labels)
    for level in levels(first_nodes(x), predictor, settings, with_converged=True):
        truth = oracle.predict(level.graph, level.nodes)
        neighbors = torch.from_numpy(level.graph.neighbors)
        similarity = torch.from_numpy(level.graph.similarity)
        yield LevelSample(
            neighbors,
            similarity,
            network_inputs(network, neighbors, similarity, level.nodes),
            torch.from_numpy(truth.link_prob > 0.5),
            torch.from_numpy(denser(level.graph.neighbors, truth.density)),
            torch.from_numpy(truth.density),
        )


def batches(sample: LevelSample, size: int, hops: int, rng: np.random.Generator) -> Iterator[LevelSample]:
    """The level in random parts of about `size` nodes, each with the surroundings that its output needs.

    Yields samples whose `counted` is empty outside the part and whose `density` is NaN there, so that losses
    fall on the part alone. A level of at most `size` nodes comes whole.

    Parameters
    ----------
    hops : how far the network looks from an edge's end
    """
    n = len(sample)
    if n <= size:
        yield sample
        return
    for part in np.array_split(rng.permutation(n), -(-n // size)):
        yield _part(sample, torch.from_numpy(part), hops)


def _part(sample: LevelSample, part: Tensor, hops: int) -> LevelSample:
    rings = part
    for _ in range(hops + 1):
        rings = torch.unique(torch.cat([rings, sample.neighbors[rings].flatten()]))
    place = torch.zeros(len(sample), dtype=torch.int64)  # outermost ring: its neighbours do not matter
    place[rings] = torch.arange(len(rings))
    inside = torch.zeros(len(sample), dtype=torch.bool)
    inside[part] = True
    kept = inside[rings]
    return LevelSample(
        place[sample.neighbors[rings]],
        sample.similarity[rings],
        _rows(sample.inputs, rings),
        sample.linked[rings],
        sample.counted[rings] & kept[:, None],
        torch.where(kept, sample.density[rings], torch.nan),
    )


def _rows(inputs: Inputs, rows: Tensor) -> Inputs:
    if isinstance(inputs, Tensor):
        return inputs[rows]
    return Relations(inputs.node[rows], inputs.edge[rows])


def to_device(sample: LevelSample, device: str) -> LevelSample:
    inputs = sample.inputs
    moved: Inputs = (
        inputs.to(device)
        if isinstance(inputs, Tensor)
        else Relations(inputs.node.to(device), inputs.edge.to(device))
    )
    tensors = (sample.neighbors, sample.similarity, sample.linked, sample.counted, sample.density)
    neighbors, similarity, linked, counted, density = (tensor.to(device) for tensor in tensors)
    return LevelSample(neighbors, similarity, moved, linked, counted, density)
