"""What one training step sees: some nodes of a level, what surrounds them, their true links and densities.

    levels of the level loop + labels  ->  LevelSample  ->  Part, Part ...

A level is kept as what it is made from: neighbours and node inputs. Whatever a network computes exists for one
part at a time, so memory grows with the nodes by those alone. Knows nothing about losses or optimisers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hilander.hierarchy.build import Level, LevelSettings, levels
from hilander.hierarchy.coarsen import first_nodes
from hilander.hierarchy.decode import denser
from hilander.hierarchy.progress import Clock
from hilander.model.base import LevelNodes, LinkPrediction, Predictor
from hilander.model.lander import LANDER
from hilander.model.predict import Network, network_inputs
from hilander.model.relations import Relations
from hilander.train.oracle import LabelOracle
from hilander.train.records import Pulse, no_pulse
from hilander.train.shares import true_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAKEN = 4.0  # a link that was taken is the best of several, and so more likely wrong than its P says
LEAST_NODES = 5  # of a level of relations: fewer have no neighbourhoods to speak of
SURE, BLUR = 1.7, 1.5  # log-odds of a judgement that stands for a network's: mean where true, and deviation
TOGETHER = 32  # nodes of one identity that are drawn together: beyond, batches would be of too few identities
Inputs = tuple[Tensor, ...] | Relations


@dataclass(frozen=True)
class LevelSample:
    """One level, ready for a network.

    Attributes
    ----------
    neighbors : int64 (n, m);  similarity : float32 (n, m)
    inputs : Relations, or the tensors (n, d) that a LANDER's features are put together from, side by side
    linked : bool (n, m)       both ends are of one identity; of Relations float32, the share of image pairs that are
    counted : bool (n, m)      the neighbour's true density is the higher: the links that decoding may use; of
        Relations float32, what the link counts for: all of them something, those taken at this level `TAKEN`
    density : float32 (n,)     true density
    identity : int64 (n,)      that of the peak image
    """

    neighbors: Tensor
    similarity: Tensor
    inputs: Inputs
    linked: Tensor
    counted: Tensor
    density: Tensor
    identity: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.neighbors)


@dataclass(frozen=True)
class Part:
    """Some nodes of a level, the seeds, and around them all that the judgement of their edges depends on.

    The r rows are nodes: the seeds first, then those one edge away, and so on.

    Attributes
    ----------
    inputs : features (r, d), or Relations
    neighbors : int64 (r, m)    row numbers; of the outermost rows any, since nothing depends on them
    similarity : float32 (r, m)
    within : rows that are at most 0, 1, ... edges from a seed; within[0] seeds, within[-1] = r
    linked, counted : (s, m);  density : float32 (s,)   of the s seeds, as in `LevelSample`
    """

    inputs: Tensor | Relations
    neighbors: Tensor
    similarity: Tensor
    within: tuple[int, ...]
    linked: Tensor
    counted: Tensor
    density: Tensor

    def __len__(self) -> int:
        return self.within[0]


def level_samples(
    x: NDArray[np.float32],
    labels: NDArray[np.int64],
    predictor: Predictor,
    settings: LevelSettings,
    network: Network,
    *,
    pulse: Pulse = no_pulse,
) -> Iterator[LevelSample]:
    """Samples of all levels that `predictor` builds: true ones of a `LabelOracle`, own ones of the network.

    A node's identity is that of its peak image. The level at which nothing more merges is among them: without
    it the network never learns to stop.
    """
    oracle, relational = LabelOracle(labels), not isinstance(network, LANDER)
    clock = Clock(lambda _progress: pulse())
    for level in levels(first_nodes(x), predictor, settings, clock, with_converged=True):
        if relational and len(level.nodes) < LEAST_NODES:
            return
        truth = oracle.predict(level.graph, level.nodes)
        nodes = _as_if_judged(level.nodes) if isinstance(predictor, LabelOracle) else level.nodes
        neighbors = torch.from_numpy(level.graph.neighbors)
        similarity = torch.from_numpy(level.graph.similarity)
        yield LevelSample(
            neighbors,
            similarity,
            _inputs(network, neighbors, similarity, nodes),
            *(_shares(level, labels) if relational else _links(level, truth)),
            torch.from_numpy(truth.density),
            labels[level.nodes.image],
        )


def _as_if_judged(nodes: LevelNodes) -> LevelNodes:
    """Of true levels, the images' links as a network that errs might have judged them, in place of the truth."""
    if nodes.origin is None or nodes.origin.link_prob is None:
        return nodes
    truth = nodes.origin.link_prob
    noise = np.random.default_rng(len(truth)).standard_normal(truth.shape)
    logit = (2 * truth - 1) * SURE + BLUR * noise
    judged = (1 / (1 + np.exp(-logit))).astype(np.float32)
    return replace(nodes, origin=replace(nodes.origin, link_prob=judged))


def _links(level: Level, truth: LinkPrediction) -> tuple[Tensor, Tensor]:
    counted = denser(level.graph.neighbors, truth.density)
    return torch.from_numpy(truth.link_prob > 0.5), torch.from_numpy(counted)


def _shares(level: Level, labels: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    neighbors = level.graph.neighbors
    taken = (neighbors == level.parent[:, None]) * np.float32(TAKEN - 1)
    linked = true_shares(neighbors, level.nodes.clusters(), labels)
    return torch.from_numpy(linked), torch.from_numpy(1 + taken)


def _inputs(network: Network, neighbors: Tensor, similarity: Tensor, nodes: LevelNodes) -> Inputs:
    """Relations, or views of the nodes' own arrays: at the first level those are the embeddings themselves."""
    if not isinstance(network, LANDER):
        found = network_inputs(network, neighbors, similarity, nodes)
        assert isinstance(found, Relations)
        return found
    wide = network.config.dim != nodes.x.shape[1]
    return tuple(torch.from_numpy(one) for one in ((nodes.x, nodes.mean) if wide else (nodes.x,)))


def batches(sample: LevelSample, size: int, hops: int, rng: np.random.Generator) -> Iterator[Part]:
    """The level in random parts of about `size` seeds; a level of at most `size` nodes comes whole.

    Nodes of one identity are mostly each other's neighbours, so up to `TOGETHER` of them are drawn together: a
    part then needs fewer nodes around it.

    Parameters
    ----------
    hops : how far the network looks from an edge's end
    """
    n = len(sample)
    if n <= size:
        yield _whole(sample, hops)
        return
    for seeds in np.array_split(together(sample.identity, rng), -(-n // size)):
        yield _part(sample, torch.from_numpy(seeds), hops)


def together(identity: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A random order of all nodes, int64 (n,), in which up to `TOGETHER` of one identity follow each other."""
    order = rng.permutation(len(identity))
    order = order[np.argsort(identity[order], kind="stable")]
    first = np.flatnonzero(np.r_[True, np.diff(identity[order]) != 0])
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    group = np.cumsum(place % TOGETHER == 0) - 1
    return np.asarray(order[np.argsort(rng.permutation(group[-1] + 1)[group], kind="stable")])


def _whole(sample: LevelSample, hops: int) -> Part:
    inputs = sample.inputs if isinstance(sample.inputs, Relations) else torch.cat(sample.inputs, dim=1)
    edges = (sample.linked, sample.counted, sample.density)
    return Part(inputs, sample.neighbors, sample.similarity, (len(sample),) * (hops + 2), *edges)


def _part(sample: LevelSample, seeds: Tensor, hops: int) -> Part:
    place = torch.full((len(sample),), -1)
    rows, within = seeds, []
    ring = seeds
    for _ in range(hops + 1):
        place[ring] = torch.arange(len(rows) - len(ring), len(rows))
        within.append(len(rows))
        around = sample.neighbors[ring].flatten()
        ring = torch.unique(around[place[around] < 0])
        rows = torch.cat([rows, ring])
    place[ring] = torch.arange(len(rows) - len(ring), len(rows))
    neighbors = place[sample.neighbors[rows]].clamp_min_(0)
    edges = (sample.linked[seeds], sample.counted[seeds], sample.density[seeds])
    return Part(_rows(sample.inputs, rows), neighbors, sample.similarity[rows], (*within, len(rows)), *edges)


def _rows(inputs: Inputs, rows: Tensor) -> Tensor | Relations:
    if isinstance(inputs, Relations):
        return inputs.rows(rows)
    return torch.cat([one[rows] for one in inputs], dim=1)


def to_device(part: Part, device: str) -> Part:
    moved = part.inputs.to(device)
    tensors = (part.neighbors, part.similarity, part.linked, part.counted, part.density)
    neighbors, similarity, linked, counted, density = (tensor.to(device) for tensor in tensors)
    return Part(moved, neighbors, similarity, part.within, linked, counted, density)
