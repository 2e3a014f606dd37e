"""How alike two images of a set are that have nothing to do with each other: what similarities are measured against.

    unit vectors  ->  mean and spread of the cosine of two random rows

Knows nothing about neighbours, networks or labels.
"""

from __future__ import annotations

from dataclasses import dataclass

from hilander.graph.either import Array, as_float, library, numbers

MOST_ROWS = 20_000  # evenly spaced rows that are looked at: enough for three digits, O(rows d^2) in time
LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Background:
    """Cosines of random pairs: their mean, in [-1, 1], and standard deviation, at least `LEAST_SPREAD`."""

    mean: float
    spread: float


def background(x: Array) -> Background:
    """Mean and spread of x_i . x_j over all pairs i, j of the rows looked at, each row with itself included.

    By E[x_i . x_j] = |E x|^2 and E[(x_i . x_j)^2] = |E x x^T|_F^2: no pair is ever formed.

    Parameters
    ----------
    x : float32 (n, d), unit rows, n >= 1; on a card two numbers are fetched from there
    """
    rows = x[:: -(-len(x) // MOST_ROWS)]
    lib = library(rows)
    mean = rows.mean(0, dtype=lib.float64)
    moment = rows.T @ rows / len(rows)
    alike, squared = numbers(mean @ mean, lib.square(as_float(moment, 64)).sum())
    spread = max(0.0, squared - alike**2) ** 0.5
    return Background(alike, max(spread, LEAST_SPREAD))
