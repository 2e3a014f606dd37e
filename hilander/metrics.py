"""How well clusters match identities: pairwise F, BCubed F, NMI, from one sparse contingency table.

Linear in the number of images and of non-empty table cells. Knows nothing of ours.
Sources: Amigo et al. 2009 (BCubed); Strehl and Ghosh 2002 (NMI), arithmetic mean as in scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class PRF:
    """precision, recall and their harmonic mean f, each in [0, 1]."""

    precision: float
    recall: float

    @property
    def f(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Scores:
    """Pairwise F, BCubed F and normalised mutual information, each in [0, 1]."""

    Fp: float
    Fb: float
    NMI: float


@dataclass(frozen=True)
class Contingency:
    """Images by (identity, cluster): the non-empty cells, with the sizes of their row and column.

    count, truth_size, cluster_size : float64 (cells,);  truth_sizes, cluster_sizes : float64, one an entry
    """

    count: NDArray[np.float64]
    truth_size: NDArray[np.float64]
    cluster_size: NDArray[np.float64]
    truth_sizes: NDArray[np.float64]
    cluster_sizes: NDArray[np.float64]

    @property
    def n(self) -> float:
        return float(self.truth_sizes.sum())


def contingency(truth: ArrayLike, clusters: ArrayLike) -> Contingency:
    """Count images by (identity, cluster).

    Parameters
    ----------
    truth : int (n,)      identities; -1 marks an unknown one, whose image is left out
    clusters : int (n,)   predicted clusters

    Raises
    ------
    ValueError   not two 1-d arrays of one length, or no identity known
    """
    rows, columns = np.asarray(truth), np.asarray(clusters)
    if rows.ndim != 1 or rows.shape != columns.shape:
        raise ValueError(f"truth and clusters must be (n,) alike; got {rows.shape} and {columns.shape}.")
    known = rows != -1
    if not known.any():
        raise ValueError("no identity is known, so there is nothing to compare the clusters with.")
    row, rows_n = _codes(rows[known])
    column, columns_n = _codes(columns[known])
    cell, count = np.unique(row * max(columns_n, 1) + column, return_counts=True)
    truth_sizes = np.bincount(row, minlength=rows_n).astype(float)
    cluster_sizes = np.bincount(column, minlength=columns_n).astype(float)
    row_of, column_of = np.divmod(cell, max(columns_n, 1))
    return Contingency(
        count.astype(float), truth_sizes[row_of], cluster_sizes[column_of], truth_sizes, cluster_sizes
    )


def pairwise_f(truth: ArrayLike, clusters: ArrayLike) -> PRF:
    """Precision and recall over pairs of images: clustered together against of one identity.

    Without any pair to find (or found), recall (or precision) is 1.
    """
    return _pairwise(contingency(truth, clusters))


def bcubed_f(truth: ArrayLike, clusters: ArrayLike) -> PRF:
    """Precision and recall of each image's cluster against its identity, averaged over images."""
    return _bcubed(contingency(truth, clusters))


def nmi(truth: ArrayLike, clusters: ArrayLike) -> float:
    """Mutual information over the mean of the two entropies; 1 where both are one single group."""
    return _nmi(contingency(truth, clusters))


def scores(truth: ArrayLike, clusters: ArrayLike) -> Scores:
    """All three from one table."""
    table = contingency(truth, clusters)
    return Scores(_pairwise(table).f, _bcubed(table).f, _nmi(table))


def _pairwise(table: Contingency) -> PRF:
    both = _pairs(table.count)
    found, true = _pairs(table.cluster_sizes), _pairs(table.truth_sizes)
    return PRF(both / found if found else 1.0, both / true if true else 1.0)


def _bcubed(table: Contingency) -> PRF:
    n = max(table.n, 1.0)
    square = table.count**2
    return PRF(float((square / table.cluster_size).sum() / n), float((square / table.truth_size).sum() / n))


def _nmi(table: Contingency) -> float:
    n = table.n
    if len(table.truth_sizes) <= 1 and len(table.cluster_sizes) <= 1:
        return 1.0
    share = table.count / n
    mutual = float((share * np.log(table.count * n / (table.truth_size * table.cluster_size))).sum())
    return max(0.0, mutual) / ((_entropy(table.truth_sizes / n) + _entropy(table.cluster_sizes / n)) / 2)


def _entropy(share: NDArray[np.float64]) -> float:
    return float(-(share * np.log(share)).sum())


def _pairs(sizes: NDArray[np.float64]) -> float:
    return float((sizes * (sizes - 1)).sum() / 2)


def _codes(values: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """Values as whole numbers from 0, without a sort where they are small non-negative integers already."""
    if values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() < 4 * len(values):
        seen = np.zeros(int(values.max()) + 1, bool)
        seen[values] = True
        return (np.cumsum(seen) - 1)[values], int(seen.sum())
    unique, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), len(unique)
