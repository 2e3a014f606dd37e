"""Grocery and sign digits in two halves by class: A is trained on, B measures on classes never seen.

Knows nothing about networks or methods.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from suite.datasets import Dataset, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALVED = ("grocery", "sign digits")  # in this order: one generator cuts them all
SEED = 9


@cache
def halves() -> dict[str, tuple[Dataset, Dataset]]:
    """A and B of each of `HALVED`, by name; A has no more classes than B."""
    rng = np.random.default_rng(SEED)
    return {name: halved(load(name), rng) for name in HALVED}


def halved(whole: Dataset, rng: np.random.Generator) -> tuple[Dataset, Dataset]:
    """Half of the classes, rounded down, drawn at random; and the others, named as unseen."""
    names = rng.permutation(np.unique(whole.labels))
    inside = np.isin(whole.labels, names[: len(names) // 2])
    return _part(whole, inside, "seen"), _part(whole, ~inside, "unseen")


def unseen(name: str) -> Dataset:
    """A data set as far as its classes were not trained on: half B of `HALVED`, others whole."""
    return halves()[name][1] if name in HALVED else load(name)


def _part(whole: Dataset, rows: NDArray[np.bool_], which: str) -> Dataset:
    return replace(whole, name=f"{whole.name}, {which} classes", x=whole.x[rows], labels=whole.labels[rows])
