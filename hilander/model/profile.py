"""What the first level of a clustering looks like, in a few figures: the part of it that a network sees.

    k-NN graph + linkage probabilities + unit vectors  ->  Profile  <->  JSON

A checkpoint keeps its home: one of each set that it was trained on. `shift` compares another data set's with it.
Needs no torch. Knows nothing about files, levels or what is far.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hilander.model.base import pseudo_density

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import KnnGraph

FORMAT = 1
POINTS = 21  # quantiles of each distribution: every 5 per cent, least and most included
MOST_ROWS = 20_000  # looked at; of more, that many are drawn
MOST_PAIRED = 1_000  # of those, compared each with each for the background
MOST_SETS = 1_000  # that one checkpoint may be trained on
DIGITS = 5
SHAPES = ("similarity", "best", "density")  # the distributions
SHARES = ("mutual", "background", "background_spread")  # the single figures


@dataclass(frozen=True)
class Profile:
    """Distributions over the nodes and edges of a first level.

    Attributes
    ----------
    n : nodes of the level (distinct images)
    neighbors : edges of each node that were looked at, the most similar first
    similarity : POINTS quantiles of the cosines of all those edges, ascending, in [-1, 1]
    best : the same, of each node's most similar neighbour alone
    density : the same, of the pseudo-density (Eq. 4) over those edges, as the network predicts it
    mutual : share of those edges whose ends have each other among their neighbours, in [0, 1]
    background, background_spread : mean and standard deviation of the cosines of any two images
    """

    n: int
    neighbors: int
    similarity: tuple[float, ...]
    best: tuple[float, ...]
    density: tuple[float, ...]
    mutual: float
    background: float
    background_spread: float

    @classmethod
    def of(
        cls,
        graph: KnnGraph,
        link_prob: NDArray[np.float64],
        x: NDArray[np.float32] | Callable[[NDArray[np.int64]], NDArray[np.float32]],
        rng: np.random.Generator,
        *,
        neighbors: int,
    ) -> Self | None:
        """Describe a level; None where no node has a neighbour. Time and memory are those of `MOST_ROWS` rows.

        Parameters
        ----------
        link_prob : float64 (n, m), P(linked) of each edge of `graph`
        x : float32 (n, d), unit rows; or what gives those of some numbers
        rng : draws rows where there are more than MOST_ROWS
        neighbors : edges of each node to look at, >= 1; fewer where the graph has fewer
        """
        m = min(neighbors, graph.neighbors.shape[1])
        if m == 0:
            return None
        rows = _some(np.arange(graph.n), MOST_ROWS, rng)
        similarity = graph.similarity[rows, :m]
        paired = _some(rows, MOST_PAIRED, rng)
        mean, spread = _background(x(paired) if callable(x) else x[paired])
        return cls(
            graph.n,
            m,
            _quantiles(similarity),
            _quantiles(similarity[:, 0]),
            _quantiles(pseudo_density(similarity, link_prob[rows, :m])),
            round(_mutual(graph.neighbors[:, :m], rows), DIGITS),
            round(mean, DIGITS),
            round(spread, DIGITS),
        )

    def median(self, shape: str) -> float:
        """The middle of one of `SHAPES`."""
        values: tuple[float, ...] = getattr(self, shape)
        return values[POINTS // 2]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in SHAPES}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        ValueError   anything else: the values may come from a file that somebody uploaded
        """
        try:
            shapes = {name: tuple(map(float, values[name])) for name in SHAPES}
            shares = {name: float(values[name]) for name in SHARES}
            n, m = values["n"], values["neighbors"]
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"a profile lacks something or holds something else: {error}") from error
        whole = all(isinstance(it, int) and not isinstance(it, bool) and it >= 1 for it in (n, m))
        if not whole or not all(map(_is_distribution, shapes.values())):
            raise ValueError(f"a profile must hold whole n and neighbors, and {POINTS} ascending quantiles")
        if not all(map(math.isfinite, shares.values())):
            raise ValueError("a profile must hold finite numbers")
        found: dict[str, Any] = shapes | shares
        return cls(n, m, **found)


def home_to_dict(home: tuple[Profile, ...]) -> dict[str, Any]:
    """The profiles of a checkpoint's training sets as its config.json keeps them."""
    return {"format": FORMAT, "sets": [one.to_dict() for one in home]}


def home_from_dict(values: object) -> tuple[Profile, ...]:
    """Read what `home_to_dict` wrote; none where there is nothing, or what another version wrote.

    Raises
    ------
    ValueError   of this format, and damaged
    """
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        return ()
    sets = values.get("sets")
    if not isinstance(sets, list) or len(sets) > MOST_SETS:
        raise ValueError(f"its home must be a list of at most {MOST_SETS} profiles")
    return tuple(map(Profile.from_dict, sets))


def distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Wasserstein-1 distance of two distributions given by evenly spaced quantiles: the integral over p of
    |F^-1(p) - G^-1(p)|, by trapezoids. In the unit of the values: how far the one must be moved on average."""
    return float(np.trapezoid(np.abs(np.subtract(one, other)), dx=1 / (len(one) - 1)))


def pooled(profiles: tuple[Profile, ...], shape: str) -> tuple[float, ...]:
    """Quantiles of the even mixture of some profiles' distributions."""
    together = np.concatenate([_inside(getattr(one, shape)) for one in profiles])
    return _quantiles(together)


def _inside(quantiles: tuple[float, ...]) -> NDArray[np.float64]:
    """Values spread as the distribution is: the middles between its quantiles, and its two ends."""
    q = np.asarray(quantiles)
    return np.concatenate([q[:1], (q[1:] + q[:-1]) / 2, q[-1:]])


def _some(rows: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _quantiles(values: NDArray[Any]) -> tuple[float, ...]:
    found = np.quantile(values, np.linspace(0, 1, POINTS))
    return tuple(round(float(value), DIGITS) for value in found)


def _mutual(neighbors: NDArray[np.int64], rows: NDArray[np.int64]) -> float:
    return float((neighbors[neighbors[rows]] == rows[:, None, None]).any(2).mean())


def _background(x: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and standard deviation of the cosines of all pairs of different rows; 0 and 0 of a single row."""
    if len(x) < 2:
        return 0.0, 0.0
    cosine = (x @ x.T)[~np.eye(len(x), dtype=bool)]
    return float(cosine.mean(dtype=np.float64)), float(cosine.std(dtype=np.float64))


def _is_distribution(values: tuple[float, ...]) -> bool:
    return len(values) == POINTS and all(map(math.isfinite, values)) and list(values) == sorted(values)
