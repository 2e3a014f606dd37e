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
MOST_AGAIN = (
    0.25  # of all rows may be searched again; a search of all multiplies each pair once, this one twice
)
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
    rows, whole = np.arange(n, len(x)), KnnGraph(neighbors, similarity)
    near = _search_again(whole, x, rows, np.ones(more, np.bool_))
    return whole, near[(neighbors[near] >= n).any(1)]


def carried(
    graph: KnnGraph, x: NDArray[np.float32], before: NDArray[np.int64], of: NDArray[np.int64]
) -> KnnGraph | None:
    """The graph over rows of `x`, most of which are rows of `graph` as they were; None where most are not.

    Rows that are not, and those that had a neighbour that is gone, are searched among all; the others compared with
    what is new. As an exact search of all rows if `graph` was that.

    Parameters
    ----------
    graph : of n rows, m neighbours each, m >= 1
    x : float32 (n', d), unit rows, n' > m
    before : int64 (n',), the row of `graph` that each one was; -1 where there was none of that vector
    of : int64 (n,), the row of `x` that each row of `graph` now is or is part of
    """
    new = before < 0
    neighbors, similarity = of[graph.neighbors[before]], graph.similarity[before]
    again = np.flatnonzero(new | new[neighbors].any(1))
    if len(again) > MOST_AGAIN * len(x):
        return None
    whole = KnnGraph(neighbors, similarity)
    _search_again(whole, x, again, new[again])
    return whole


def _search_again(
    graph: KnnGraph, x: NDArray[np.float32], rows: NDArray[np.int64], new: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Search `rows`, ascending, among all of x, and put them where they belong: in place.

    new : bool, of `rows`: no other row has been compared with it. Returns which other rows those are near to.
    """
    m = graph.neighbors.shape[1]
    beyond = torch.from_numpy(graph.similarity[:, -1] - np.float32(ROUNDING))
    beyond[torch.from_numpy(rows)] = torch.inf
    own, back, nobody_has = [_none()], [_none()], np.zeros(len(x), np.bool_)
    nobody_has[rows[new]] = True
    for part, left, block, least in _products(x, rows, m):
        those = beyond[left : left + block.shape[1]]
        row, column, cosine = _above(block, torch.minimum(least[:, None], those), part, left)
        own.append(_best((row, column, cosine), m))
        nearer = nobody_has[row] & (cosine > beyond.numpy()[column])
        back.append((row[nearer], column[nearer], cosine[nearer]))
    row, column, cosine = _joined(back)
    near = np.unique(column)
    old = (np.repeat(near, m), graph.neighbors[near].ravel(), graph.similarity[near].ravel())
    graph.neighbors[near], graph.similarity[near] = _lists(_joined([old, (column, row, cosine)]), near, m)
    graph.neighbors[rows], graph.similarity[rows] = _lists(_joined(own), rows, m)
    return near


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
