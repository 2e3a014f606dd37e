"""How P(same identity) usually falls with reach: what is believed before any answer.

Curves that were fitted to labelled data sets of many kinds (`benchmarks/make_usual.py`), and what lies between them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hilander.config import ASSETS
from hilander.io.atomic import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL = ASSETS / "calibration" / "usual.json"
BLUR = 0.4  # share of the curves' spread by which a drawn curve may lie beside one of them


def usual_curves(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 (count, f): curves drawn around those of other data sets; mean and spread stay theirs.

    A curve is the weights of `pairs.Chains.features` in the log-odds of "same".
    """
    known = _known()
    mean, spread = known.mean(0), np.linalg.cholesky(np.cov(known.T) + 1e-3 * np.eye(known.shape[1]))
    chosen = known[rng.integers(0, len(known), count)]
    beside = rng.standard_normal(chosen.shape) @ spread.T
    return np.asarray(mean + np.sqrt(1 - BLUR**2) * (chosen - mean) + BLUR * beside)


@cache
def _known() -> NDArray[np.float64]:
    return np.array(read_json(USUAL)["curves"], dtype=float)
