"""How far a data set is from a checkpoint's training data, in words and as two curves: plain data.

    Shift  ->  Told (for the command line and pages), Beside (for a plot)

Knows nothing about networks, streams or charts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hilander.model.profile import POINTS, Profile, distance
from hilander.model.shift import UNLIKE, Shape, Shift, common_shapes

BINS = 24
NAMES: dict[Shape, str] = {
    "similarity": "similarity of neighbours",
    "best": "similarity of the nearest neighbour",
    "density": "density",
}
AXES: dict[Shape, str] = {
    "similarity": "similarity of neighbours",
    "best": "similarity of the nearest neighbour",
    "density": "density: high where neighbours are alike and surely belong together",
}
UNTOLD = "this checkpoint does not say what it was trained on"
MORE: dict[Shape, str] = {
    "similarity": "neighbours here are more alike than in training",
    "best": "nearest neighbours here are more alike than in training",
    "density": "the network is surer here than in training that neighbours belong together",
}
LESS: dict[Shape, str] = {
    "similarity": "neighbours here are less alike than in training",
    "best": "nearest neighbours here are less alike than in training",
    "density": "the network is less sure here than in training that neighbours belong together",
}
HEADLINES = {
    "far": "far from what this checkpoint was trained on",
    "unlike": "somewhat unlike what this checkpoint was trained on",
    "home": "like what this checkpoint was trained on",
}
TENTH = POINTS // 10  # places of the quantiles at 10 and 90 per cent


@dataclass(frozen=True)
class Told:
    """headline : what the data are, to follow "These embeddings are"; how : which way they differ, empty at home."""

    headline: str
    how: str


@dataclass(frozen=True)
class Beside:
    """Two distributions over the same bins, each of area 1 before the common scale.

    name : of what; axis : what x is, in words; x : middles of the bins
    training, data : height at each, the highest of both 1
    """

    name: str
    axis: str
    x: list[float]
    training: list[float]
    data: list[float]


def told(shift: Shift) -> Told | None:
    """What to say; None where there is nothing to compare (`shift.verdict` says why)."""
    if shift.data is None or shift.nearest is None:
        return None
    data, nearest = shift.data, shift.nearest
    apart = {it: distance(getattr(data, it), getattr(nearest, it)) for it in common_shapes(data, nearest)}
    worth = sorted((it for it in apart if apart[it] >= UNLIKE), key=lambda it: -apart[it])
    return Told(HEADLINES[shift.verdict], "; ".join(_way(it, apart[it], data, nearest) for it in worth))


def _way(shape: Shape, apart: float, data: Profile, nearest: Profile) -> str:
    """Which way one distribution differs: higher, lower, or as high and of another width."""
    ours, theirs = data.median(shape), nearest.median(shape)
    noun = "density" if shape == "density" else "similarity"
    if abs(ours - theirs) >= apart / 2:
        words = MORE[shape] if ours > theirs else LESS[shape]
        return f"{words}: median {noun} {_figure(ours)} against {_figure(theirs)}"
    a, b = (_middle(getattr(one, shape)) for one in (data, nearest))
    width = "wider" if a[1] - a[0] > b[1] - b[0] else "narrower"
    spans = " against ".join(f"{_figure(low)} to {_figure(high)}" for low, high in (a, b))
    return f"the {NAMES[shape]} has a {width} spread than in training: {spans} for eight in ten"


def beside(shift: Shift) -> Beside | None:
    """The distribution that differs most, here and in the nearest training set."""
    if shift.data is None or shift.nearest is None:
        return None
    ours, theirs = (np.asarray(getattr(one, shift.shape)) for one in (shift.data, shift.nearest))
    low, high = min(ours[0], theirs[0]), max(ours[-1], theirs[-1])
    edges = np.linspace(low, max(high, low + 1e-3), BINS + 1)
    heights = [_heights(quantiles, edges) for quantiles in (theirs, ours)]
    top = max(height.max() for height in heights)
    training, data = ((height / top).round(4).tolist() for height in heights)
    middles = ((edges[1:] + edges[:-1]) / 2).round(4).tolist()
    return Beside(NAMES[shift.shape], AXES[shift.shape], middles, training, data)


def _heights(quantiles: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of the distribution in each bin, values between two quantiles taken as evenly spread."""
    share = np.linspace(0, 1, len(quantiles))
    rising = quantiles + 1e-9 * np.arange(len(quantiles))  # equal quantiles are a step
    return np.diff(np.interp(edges, rising, share, left=0.0, right=1.0))


def _middle(quantiles: tuple[float, ...]) -> tuple[float, float]:
    return quantiles[TENTH], quantiles[-1 - TENTH]


def _figure(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")
