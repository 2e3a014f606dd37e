"""Put new rows into a k-NN graph: their nearest rows among all, and the old rows that have them for neighbours now.

    k-NN graph of some rows + all rows  ->  k-NN graph of all rows

The result is that of an exact search over all rows if the old graph was exact: one product of the new rows with all of
them, O(new n d), in place of O(n^2 d). Knows nothing about levels or networks; sees unit vectors only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from hilander.graph.exact import TIE
from hilander.graph.knn import KnnGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]  # row, column, cosine

ROWS, COLUMNS = 1_024, 8_192
ROUNDING = 2 * TIE  # two products of the same rows differ by less, and ties count as equal


def insert(graph: KnnGraph, x: NDArray[np.float32]) -> tuple[KnnGraph, NDArray[np.int64]]:
    """The graph over all rows of `x`, of which the first are those of `graph`.

    Parameters
    ----------
    graph : of n rows, m neighbours each, m >= 1
    x : float32 (n + new, d), unit rows

    Returns
    -------
    graph : over n + new rows, m neighbours each; of equally similar ones the higher number comes first
    changed : int64, those of the first n rows that have a new neighbour, ascending
    """
    n, m = graph.neighbors.shape
    more = len(x) - n
    neighbors = np.concatenate([graph.neighbors, np.zeros((more, m), np.int64)])
    similarity = np.concatenate([graph.similarity, np.zeros((more, m), np.float32)])
    rows, beyond = np.arange(n, len(x)), torch.from_numpy(similarity[:, -1] - np.float32(ROUNDING))
    beyond[n:] = torch.inf
    own, back = [_none()], [_none()]
    for part, left, block, least in _products(x, rows, m):
        those = beyond[left : left + block.shape[1]]
        row, column, cosine = _above(block, torch.minimum(least[:, None], those), part, left)
        own.append(_best((row, column, cosine), m))
        nearer = cosine > beyond.numpy()[column]
        back.append((column[nearer], row[nearer], cosine[nearer]))
    column, row, cosine = _joined(back)
    near = np.unique(column)
    old = (np.repeat(near, m), neighbors[near].ravel(), similarity[near].ravel())
    neighbors[near], similarity[near] = _lists(_joined([old, (column, row, cosine)]), near, m)
    neighbors[n:], similarity[n:] = _lists(_joined(own), rows, m)
    return KnnGraph(neighbors, similarity), near[(neighbors[near] >= n).any(1)]


def nearest(x: NDArray[np.float32], rows: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    """int64 (rows, m): the m most similar other rows of some rows of `x`, most similar first; 1 <= m < n."""
    found = [
        _best(_above(block, least[:, None], part, left), m)
        for part, left, block, least in _products(x, rows, m)
    ]
    return _lists(_joined([_none(), *found]), rows, m)[0]


def _products(
    x: NDArray[np.float32], rows: NDArray[np.int64], m: int
) -> Iterator[tuple[NDArray[np.int64], int, torch.Tensor, torch.Tensor]]:
    """Cosines of some rows with all, block by block: the rows, the first column, the block (-inf where a row meets
    itself), and a cosine that the row's m best reach, from an even sample of the columns."""
    points = torch.from_numpy(np.ascontiguousarray(x))
    sample = torch.arange(0, len(points), max(1, len(points) // COLUMNS))
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        queries, own = points[part], torch.from_numpy(part)[:, None]
        seen = (queries @ points[sample].T).masked_fill_(sample[None] == own, -torch.inf)
        least = seen.new_full((len(part),), -torch.inf)
        if m < seen.shape[1]:
            least = seen.topk(m, dim=1).values[:, -1] - ROUNDING
        for left in range(0, len(points), COLUMNS):
            block = queries @ points[left : left + COLUMNS].T
            inside = np.flatnonzero((part >= left) & (part < left + COLUMNS))
            block[inside, part[inside] - left] = -torch.inf
            yield part, left, block, least


def _above(block: torch.Tensor, least: torch.Tensor, rows: NDArray[np.int64], left: int) -> Pairs:
    row, column = (block > least).nonzero(as_tuple=True)
    return rows[row.numpy()], column.numpy() + left, block[row, column].numpy()


def _best(pairs: Pairs, m: int) -> Pairs:
    """The m most similar pairs of each row, in order; ties as in `exact`."""
    row, column, cosine = pairs
    order = np.lexsort((-column, -np.rint(cosine / np.float64(TIE)), row))
    row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = order[rank < m]
    return pairs[0][kept], column[kept], cosine[kept]


def _lists(pairs: Pairs, rows: NDArray[np.int64], m: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best m of each of `rows` (ascending), as two arrays of as many rows."""
    _, column, cosine = _best(pairs, m)
    return column.reshape(len(rows), m), np.clip(cosine, -1, 1).reshape(len(rows), m)


def _joined(parts: list[Pairs]) -> Pairs:
    row, column, cosine = (np.concatenate(one) for one in zip(*parts, strict=True))
    return row, column, cosine


def _none() -> Pairs:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
