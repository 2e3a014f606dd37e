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
BLUR = 0.2  # share of the curves' spread by which a drawn curve may lie beside one of them
FAR = slice(1, 4)  # the features that say how far two images lie apart, in logs of companions


def usual_curves(count: int, reach: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 (count, f): curves drawn around those of other data sets; mean and spread stay theirs.

    A curve is the weights of `pairs.Chains.features` in the log-odds of "same". Where it falls is usual in two
    senses, and half of the curves are drawn by each: at so many companions, or at so many times those that an image
    has at the natural level. The one holds where the network is wrong about how fine to be, the other where right.

    Parameters
    ----------
    reach : of the natural level of the data set at hand, as in `pairs.Chains.reach`
    """
    curves, reaches = _known()
    moved = curves.copy()
    # as they would be, had their sets this natural level
    moved[:, 0] += curves[:, FAR].sum(1) * (reaches - reach)
    shares = ((curves, count // 2), (moved, count - count // 2))
    return np.concatenate([_around(one, some, rng) for one, some in shares])


def _around(known: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    mean, spread = known.mean(0), np.linalg.cholesky(np.cov(known.T) + 1e-3 * np.eye(known.shape[1]))
    chosen = known[rng.integers(0, len(known), count)]
    beside = rng.standard_normal(chosen.shape) @ spread.T
    return np.asarray(mean + np.sqrt(1 - BLUR**2) * (chosen - mean) + BLUR * beside)


@cache
def _known() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The curves, and the reach of the natural level of each one's set."""
    known = read_json(USUAL)
    return np.array(known["curves"], dtype=float), np.array(known["reaches"], dtype=float)
