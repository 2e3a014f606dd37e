"""Random forests as Hi-LANDER leaves them, and embeddings, labels and a k-NN graph that agree with them.

    how many images  ->  Hierarchy, x, labels, ImageGraph

Images lie on a line, cluster beside cluster; every level groups neighbours on it, with lognormal sizes. Rows are then
dealt at random, so that a cluster's images are far apart on disk. Knows nothing about files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.hierarchy.image_graph import ImageGraph

DIM, NEAR, WINDOW = 64, 10, 8
SPREAD = 0.9  # of the logarithm of how many are joined
JOINED = (
    4.0,
    3.0,
    2.5,
)  # on average, by the levels that the network finds; 1.5 by the coarser ones after them
COARSER = 1.5
LEAST_CLUSTERS, MOST_LEVELS = 250, 8
LIKELY = ((14.0, 1.2), (7.0, 1.6), (4.0, 2.0))  # Beta of the links' probability; of coarser ones (1.2, 7)
UNLIKELY = (1.2, 7.0)
TO_PEAK = 0.6  # share of links that lead to the peak at once
MISLABELLED = 0.03


@dataclass(frozen=True)
class Generated:
    """hierarchy; x, float32 (n, DIM) unit rows; labels, int64 (n,); graph. All by row."""

    hierarchy: Hierarchy
    x: np.ndarray
    labels: np.ndarray
    graph: ImageGraph


@dataclass(frozen=True)
class _Level:
    """Links of one level between places on the line, and which group every place belongs to afterwards."""

    child: np.ndarray
    into: np.ndarray
    group: np.ndarray


def generated(n: int, seed: int = 0) -> Generated:
    """A hierarchy of n images with 4 to 8 levels, the third of them the natural one."""
    rng = np.random.default_rng(seed)
    height = rng.random(n, np.float32)
    levels = _levels(n, height, rng)
    x = _vectors(levels, n, rng)
    row = rng.permutation(n)  # of each place
    here = np.empty(n, np.int64)  # place of each row
    here[row] = np.arange(n)
    hierarchy = _hierarchy(levels, x, height, row=row, rng=rng)
    labels = levels[len(JOINED) - 1].group.copy()
    wrong = np.flatnonzero(rng.random(n) < MISLABELLED)
    labels[wrong] = labels[rng.integers(0, n, len(wrong))]
    return Generated(hierarchy, x[here], labels[here], _graph(x, row, here))


def _levels(n: int, height: np.ndarray, rng: np.random.Generator) -> list[_Level]:
    nodes, of_place, found = np.arange(n), np.arange(n), []
    while len(found) < MOST_LEVELS and (len(found) <= len(JOINED) or len(nodes) > LEAST_CLUSTERS):
        mean = JOINED[len(found)] if len(found) < len(JOINED) else COARSER
        group = _groups(len(nodes), mean, rng)
        is_peak, into = _links(group, height[nodes], rng)
        of_place = group[of_place]
        found.append(_Level(nodes[~is_peak], nodes[into[~is_peak]], of_place))
        nodes = nodes[is_peak]
    return found


def _groups(m: int, mean: float, rng: np.random.Generator) -> np.ndarray:
    """Group of each of m nodes in a row: lognormal sizes of about that mean."""
    drawn = rng.lognormal(np.log(mean) - SPREAD**2 / 2, SPREAD, m)  # at least one each: more than enough
    return np.repeat(np.arange(m), np.maximum(1, np.round(drawn)).astype(np.int64))[:m]


def _links(group: np.ndarray, height: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which nodes are peaks (the highest of their group), and the higher node of the group that each links to."""
    order = np.lexsort((height, group))  # by group, lowest first: the peak is the last of its group
    size = np.bincount(group)
    last = np.cumsum(size)[group] - 1  # in `order`, of each node's group
    at = np.empty(len(group), np.int64)
    at[order] = np.arange(len(group))
    above = last - at
    chosen = at + 1 + (rng.random(len(group)) * above).astype(np.int64)
    target = np.where(rng.random(len(group)) < TO_PEAK, last, np.minimum(chosen, last))
    return above == 0, order[target]


def _vectors(levels: list[_Level], n: int, rng: np.random.Generator) -> np.ndarray:
    """A direction for every group of every level, added up; the coarser, the longer. By place."""
    x = 0.5 * rng.standard_normal((n, DIM), np.float32)
    for level, found in enumerate(levels):
        offset = rng.standard_normal((int(found.group[-1]) + 1, DIM), np.float32)
        x += (0.5 + 0.12 * level) * offset[found.group]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


def _hierarchy(
    levels: list[_Level],
    x: np.ndarray,
    height: np.ndarray,
    *,
    row: np.ndarray,
    rng: np.random.Generator,
) -> Hierarchy:
    n, last = len(row), len(levels)
    parent, merge_level = np.arange(n), np.full(n, last + 1, np.int16)
    prob, sim = np.zeros(n, np.float32), np.zeros(n, np.float32)
    counts, nodes = [], n
    for level, found in enumerate(levels, 1):
        child = row[found.child]
        parent[child], merge_level[child] = row[found.into], level
        a, b = LIKELY[level - 1] if level <= len(LIKELY) else UNLIKELY
        prob[child] = rng.beta(a, b, len(child))
        sim[child] = np.einsum("ij,ij->i", x[found.child], x[found.into])
        counts.append(LevelStats(nodes, nodes * NEAR, len(child)))
        nodes -= len(child)
    heights = np.empty_like(height)
    heights[row] = height
    density = [heights[merge_level > level] for level in range(last)]
    return Hierarchy(
        parent, merge_level, prob, sim, np.concatenate(density), tuple(counts), min(len(JOINED), last)
    )


def _graph(x: np.ndarray, row: np.ndarray, here: np.ndarray, block: int = 20_000) -> ImageGraph:
    """The most similar of the images around on the line: not exact, but of the same cluster as a rule."""
    n = len(x)
    around = np.concatenate([np.arange(-WINDOW, 0), np.arange(1, WINDOW + 1)])
    near, cosine = np.empty((n, NEAR), np.int32), np.empty((n, NEAR), np.float32)
    for start in range(0, n, block):
        places = np.arange(start, min(n, start + block))
        others = (places[:, None] + around) % n
        alike = np.stack(
            [np.einsum("ij,ij->i", x[places], x[others[:, k]]) for k in range(len(around))], axis=1
        )
        best = np.argsort(-alike, axis=1)[:, :NEAR]
        near[row[places]] = row[np.take_along_axis(others, best, axis=1)]
        cosine[row[places]] = np.take_along_axis(alike, best, axis=1)
    return ImageGraph(near, cosine)
