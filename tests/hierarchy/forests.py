"""Random forests that a hierarchy could be: every link leads to a node that is still a peak below its level."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from hilander.hierarchy.forest import Hierarchy, LevelStats


@st.composite
def forests(draw: st.DrawFn, most: int = 14) -> Hierarchy:
    n, levels, seed = draw(st.integers(1, most)), draw(st.integers(0, 4)), draw(st.integers(0, 10_000))
    return grown(n, levels, seed)


def grown(n: int, levels: int, seed: int) -> Hierarchy:
    """Links to any earlier node (in a random order) that lives as long; none where there is no such node."""
    rng = np.random.default_rng(seed)
    order, when, parent = rng.permutation(n), np.full(n, levels + 1, np.int16), np.arange(n)
    for place, child in enumerate(order.tolist()):
        level = int(rng.integers(1, levels + 2))
        hosts = order[:place][when[order[:place]] >= level]
        if level <= levels and len(hosts):
            parent[child], when[child] = rng.choice(hosts), level
    return of_links(parent, when, levels, rng)


def large(n: int, levels: int) -> Hierarchy:
    """The same shape, made at once: each level keeps a third of its nodes, then more; links lead a few nodes back."""
    rng = np.random.default_rng(0)
    parent, when, alive = np.arange(n), np.full(n, levels + 1, np.int16), rng.permutation(n)
    for level in range(1, levels + 1):
        stays = rng.random(len(alive)) < (0.35 if level < 3 else 0.67)
        stays[0] = True
        go = np.flatnonzero(~stays)
        parent[alive[go]] = alive[go - np.minimum(go, rng.integers(1, 6, len(go)))]
        when[alive[go]] = level
        alive = alive[stays]
    return of_links(parent, when, levels, rng)


def of_links(parent: np.ndarray, when: np.ndarray, levels: int, rng: np.random.Generator) -> Hierarchy:
    linked = when <= levels
    prob = np.where(linked, rng.random(len(parent)), 0).astype(np.float32)
    nodes = [int((when >= level).sum()) for level in range(1, levels + 1)]
    stats = tuple(LevelStats(c, c, int((when == level).sum())) for level, c in enumerate(nodes, 1))
    return Hierarchy(parent, when, prob, prob, np.zeros(sum(nodes), np.float32), stats, levels)
