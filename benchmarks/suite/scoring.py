"""One row of a result table: a method on a data set, scored against the known labels.

score = (Fp + Fb) / 2. Knows nothing about methods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.metrics import Scores, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Row:
    """A clustering of a data set and how good it is.

    Attributes
    ----------
    setting : the setting, cut or layer that made it
    clusters : groups, those of one image included
    seconds : what the method took; for the best of several settings, all of them together (no scoring)
    tried : how many settings, cuts or layers it is the best of
    """

    data: str
    method: str
    setting: str
    scores: Scores
    clusters: int
    seconds: float = 0.0
    tried: int = 1

    @property
    def score(self) -> float:
        return mean_f(self.scores)


def mean_f(got: Scores) -> float:
    return (got.Fp + got.Fb) / 2


def measure(data: str, method: str, setting: str, truth: NDArray[np.int64], clusters: NDArray[Any]) -> Row:
    """Score clusters; images marked -1 (noise) stand alone."""
    alone = noise_alone(clusters)
    return Row(data, method, setting, scores(truth, alone), len(np.unique(alone)))


def noise_alone(clusters: NDArray[Any]) -> NDArray[np.int64]:
    """Every image marked with a negative cluster gets one of its own."""
    alone = np.asarray(clusters).astype(np.int64)
    noise = alone < 0
    alone[noise] = alone.max(initial=-1) + 1 + np.arange(noise.sum())
    return alone


def best(rows: Iterable[Row], seconds: float) -> Row:
    """The row of the highest score (the first of equals), with the time and the number of all of them."""
    tried = list(rows)
    return replace(max(tried, key=lambda row: row.score), seconds=seconds, tried=len(tried))
