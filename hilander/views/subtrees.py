"""Sums and least values along the links of one cluster, for all its images at once.

By doubling the reach of every image in turn, O(m log depth): no loop over images, no recursion.
Knows nothing about probabilities or levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def local_parents(parent: NDArray[np.int64], rows: NDArray[np.int64], peak: int) -> NDArray[np.int64]:
    """int64 (m,): place in `rows` of the image that each is linked to; the peak's place for the peak itself.

    rows : int64 (m,), ascending, a whole cluster: all of its links lead to images in it
    """
    linked = np.asarray(parent[rows])
    linked[rows == peak] = peak
    return np.searchsorted(rows, linked)


def behind(up: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 (m,): how many images reach each one along the links, itself among them.

    up : place of the one above; of itself at the top. No cycles.
    """
    m = len(up)
    reach, above = np.ones(m, np.int64), _or_none(up)
    while (moving := np.flatnonzero(above < m)).size:
        reach = reach + np.bincount(above[moving], weights=reach[moving], minlength=m).astype(np.int64)
        above = np.append(above, m)[above]
    return reach


def least_on_the_way(up: NDArray[np.int64], value: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (m,): the least of the values from each image to the top, the top's left out (infinite there)."""
    least, above = np.where(up == np.arange(len(up)), np.inf, value).astype(np.float32), up
    while not np.array_equal(above, above[above]):
        least = np.minimum(least, least[above])
        above = above[above]
    return least


def _or_none(up: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(up == np.arange(len(up)), len(up), up)
