"""Finds the map of the built-in embedder in closed form: what tells the classes of each kind of picture apart.

    domains + settings  ->  a network

Directions are kept along which the means of classes differ most, against how far pictures of one class differ (Fisher's
discriminant); differences between kinds of pictures count for nothing. The within-class scatter is drawn towards a
round one: the stronger, the less is believed of the few classes that there are. The same arguments give the same
weights. Knows nothing about where pictures come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import linalg

from checkpoint_data.repeatable import one_thread, torch_seed
from small_embedder.changed import changed
from small_embedder.network import DIM, SmallEmbedder
from small_embedder.pictures import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

TURNS = 4


@dataclass(frozen=True)
class LearningConfig:
    """How the map is found.

    round : how much of a round scatter is added to that within classes, in units of its mean eigenvalue
    """

    dim: int = DIM
    round: float = 1.0
    seed: int = 0


def taught_network(domains: Sequence[Domain], config: LearningConfig) -> SmallEmbedder:
    """The network whose map is found from pictures of these classes, each changed at random."""
    network = SmallEmbedder(config.dim).eval()
    with one_thread(), torch_seed(config.seed), torch.no_grad():
        found = [_described(one, network) for one in domains]
        weight, bias = discriminant(found, config)
        network.map.weight.copy_(torch.from_numpy(weight))
        network.map.bias.copy_(torch.from_numpy(bias))
    return network


def discriminant(
    described: Sequence[tuple[NDArray[np.float64], NDArray[np.int64]]], config: LearningConfig
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight (dim, d) and bias (dim,) of the map, from one (descriptors (n, d), classes (n,)) a domain."""
    parts = [_scatters(x, classes) for x, classes in described]
    within = np.mean([it[0] for it in parts], axis=0)
    between = np.mean([it[1] for it in parts], axis=0)
    size = len(within)
    within += config.round * np.trace(within) / size * np.eye(size)
    ratio, axes = linalg.eigh(between, within, subset_by_index=(size - config.dim, size - 1))
    ratio, axes = np.maximum(ratio[::-1], 0), axes[:, ::-1]
    axes = axes * np.sqrt(ratio / (ratio + 1))  # a direction counts by how much of it tells classes apart
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(config.dim)])
    mean = np.concatenate([x for x, _ in described]).mean(axis=0)
    return axes.T.astype(np.float32), (-mean @ axes).astype(np.float32)


def _scatters(
    x: NDArray[np.float64], classes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariance within classes, and of the classes' means."""
    counts = np.bincount(classes)
    means = np.zeros((len(counts), x.shape[1]))
    np.add.at(means, classes, x)
    means /= counts[:, None]
    inside, apart = x - means[classes], means - means.mean(axis=0)
    return inside.T @ inside / len(x), apart.T @ apart / len(means)


def _described(one: Domain, network: SmallEmbedder) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Descriptors of some pictures of some classes, and which class each is of."""
    batches = [network.describe(changed(pixels, drawn=one.drawn)).numpy() for pixels in _drawn(one)]
    return np.concatenate(batches).astype(np.float64), np.repeat(np.arange(len(batches)), one.each)


def _drawn(one: Domain) -> Iterator[torch.Tensor]:
    """`each` pictures of a class at a time; of drawings, a class in one of its four turns."""
    for name in torch.randperm(one.classes)[: one.most].tolist():
        rows = np.flatnonzero(one.labels == name)
        pixels = torch.from_numpy(one.pixels[rows[torch.randint(len(rows), (one.each,)).numpy()]])
        yield torch.rot90(pixels, int(torch.randint(TURNS, ())), (2, 3)) if one.turns else pixels
