"""A cut as a table that can be taken away (id, cluster, peak), and in words. Knows nothing about files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.config import LevelChoice
from hilander.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.cuts import Cut
    from hilander.hierarchy.forest import Hierarchy


def cut_table(
    hierarchy: Hierarchy,
    ids: NDArray[np.str_],
    *,
    level: LevelChoice | None = None,
    min_link: float | None = None,
) -> dict[str, NDArray[Any]]:
    """The clusters at one level, or held together by links of at least `min_link`.

    Parameters
    ----------
    ids : str (n,)
    level : at most one of the two is given; neither means the natural level
    min_link : least link probability that holds, in [0, 1]

    Returns
    -------
    id : str (n,), in row order;  cluster : int64 (n,), 0 the largest, ties by peak;  peak : str (n,), its id
    """
    if level is not None and min_link is not None:
        raise InputError("a cut is at a level or at a least link probability; got both. Give one of them.")
    if min_link is None:
        peak = hierarchy.peak_of("natural" if level is None else level)
    else:
        peak = hierarchy.recut_peaks(min_link)
    return table_of(ids, peak)


def table_of(ids: NDArray[np.str_], peak: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The same table from the peak of every image's cluster, int64 (n,)."""
    return {"id": ids, "cluster": by_size(peak), "peak": ids[peak]}


def without(table: dict[str, NDArray[Any]], rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The table without these rows; the numbers of the clusters stay."""
    return {name: np.delete(column, rows) for name, column in table.items()} if len(rows) else table


def by_size(peak: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 (n,): clusters numbered from 0, largest first; of one size, the lower peak first."""
    size = np.bincount(peak, minlength=len(peak))
    peaks = np.flatnonzero(size)
    order = peaks[np.argsort(-size[peaks], kind="stable")]
    number = np.empty(len(peak), np.int64)
    number[order] = np.arange(len(order))
    return number[peak]


def cut_words(cut: Cut, clusters: int, branches: int) -> str:
    """ "Level 3 with 2 branches cut otherwise: 214 clusters". `branches` is what `Cut.applied` counted."""
    found = f"{clusters:,} cluster{'s' * (clusters != 1)}"
    return f"{short_words(cut, branches)}: {found}"


def short_words(cut: Cut, branches: int) -> str:
    """The same without the number of clusters."""
    if cut.min_link is not None:
        return f"Links of at least {cut.min_link:g}"
    if not branches:
        return f"Level {cut.level}"
    return f"Level {cut.level} with {branches:,} branch{'es' * (branches != 1)} cut otherwise"
