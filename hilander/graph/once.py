"""Exact k-NN by cosine on a CPU, each pair of rows multiplied once: its product serves both rows.

    unit vectors  ->  the m best of each row, in tiles of the upper triangle of all pairs

A tile is looked at twice, along its rows and along its columns, but only groups of entries whose largest beats the
worst that a row has so far are opened. Knows nothing about ties, levels or networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

GROUP = 16  # entries of which only the largest is compared first


class RunningTop:
    """The m best of each of n rows so far.

    Attributes
    ----------
    value : float32 (n, m), descending; -inf where there are fewer
    index : int64 (n, m)
    """

    def __init__(self, n: int, m: int) -> None:
        self.value = torch.full((n, m), -torch.inf)
        self.index = torch.zeros((n, m), dtype=torch.int64)

    def merge(self, first_row: int, row: Tensor, value: Tensor, index: Tensor) -> None:
        """Take in entries of single rows: row (e,) counted from `first_row`, ascending; value, index (e,)."""
        if not len(row):
            return
        rows, slot, count = torch.unique_consecutive(row, return_inverse=True, return_counts=True)
        place = torch.arange(len(row)) - (count.cumsum(0) - count)[slot]
        rows, m = rows + first_row, self.value.shape[1]
        width = m + int(count.max())
        values = torch.full((len(rows), width), -torch.inf)
        indices = torch.zeros((len(rows), width), dtype=torch.int64)
        values[:, :m], indices[:, :m] = self.value[rows], self.index[rows]
        values[slot, m + place], indices[slot, m + place] = value, index
        best, order = values.topk(m, dim=1)
        self.value[rows], self.index[rows] = best, indices.gather(1, order)


def each_pair_once(
    points: Tensor, m: int, rows: int, columns: int, progress: Callable[[float], None]
) -> tuple[Tensor, Tensor]:
    """The m rows most similar to each row, itself left out, best first; O(n m) memory beside one tile.

    Parameters
    ----------
    points : float32 (n, d) on the CPU, unit rows
    m : 1 <= m <= n - 1
    rows, columns : of a tile

    Returns
    -------
    float32 (n, m), int64 (n, m)
    """
    n = len(points)
    top, tiles, done = RunningTop(n, m), _Tiles(points, rows, columns), 0
    for start in range(0, n, rows):  # first, so that every row has a worst value to beat
        own = points[start : start + rows]
        _take_diagonal(top, own @ own.T, start)
        done += len(own) ** 2
        progress(done / n**2)
    for start, left, tile, (height, width) in tiles:
        _take_rows(top, tile, start, left, height)
        _take_columns(top, tile, start, left, width)
        done += 2 * height * width
        progress(done / n**2)
    return top.value, top.index


class _Tiles:
    """Right of the diagonal: (first row, first column, products, (rows, columns) that count).

    Products are filled up with -inf to whole groups both ways. One buffer serves all full tiles.
    """

    def __init__(self, points: Tensor, rows: int, columns: int) -> None:
        self.points, self.rows, self.columns = points, rows, columns
        self.buffer = torch.empty(0)

    def __iter__(self) -> Iterator[tuple[int, int, Tensor, tuple[int, int]]]:
        n = len(self.points)
        for start in range(0, n, self.rows):
            stop = min(start + self.rows, n)
            for left in range(stop, n, self.columns):
                right = min(left + self.columns, n)
                tile = self._buffer(stop - start, right - left)
                part = tile[: stop - start, : right - left]
                torch.mm(self.points[start:stop], self.points[left:right].T, out=part)
                yield start, left, tile, (stop - start, right - left)

    def _buffer(self, height: int, width: int) -> Tensor:
        shape = (-(-height // GROUP) * GROUP, -(-width // GROUP) * GROUP)
        if self.buffer.shape != shape:
            self.buffer = torch.empty(shape)
        if shape != (height, width):
            self.buffer.fill_(-torch.inf)
        return self.buffer


def _take_diagonal(top: RunningTop, block: Tensor, start: int) -> None:
    block.fill_diagonal_(-torch.inf)
    stop, m = start + len(block), min(top.value.shape[1], len(block))
    value, column = block.topk(m, dim=1)
    top.value[start:stop, :m], top.index[start:stop, :m] = value, column + start


def _take_rows(top: RunningTop, tile: Tensor, start: int, left: int, height: int) -> None:
    groups = tile.view(len(tile), GROUP, -1)  # group g of a row: columns g, g + step, g + 2 step, ...
    worst, step = top.value[start : start + height, -1], groups.shape[2]
    row, group = (groups.amax(1)[:height] > worst[:, None]).nonzero(as_tuple=True)
    _open(top, start, (row, groups[row, :, group], worst), left + group, step)


def _take_columns(top: RunningTop, tile: Tensor, start: int, left: int, width: int) -> None:
    groups = tile.view(GROUP, -1, tile.shape[1])
    worst, step = top.value[left : left + width, -1], groups.shape[1]
    beats = groups.amax(0)[:, :width] > worst
    row, group = beats.T.contiguous().nonzero(as_tuple=True)
    _open(top, left, (row, groups[:, group, row].T, worst), start + group, step)


def _open(
    top: RunningTop, first_row: int, found: tuple[Tensor, Tensor, Tensor], first: Tensor, step: int
) -> None:
    """Merge those entries of the groups found that beat their row's worst value.

    found : row (h,), entries (h, GROUP), worst value of each row (r,);  first : int64 (h,), number of entry 0
    """
    row, entries, worst = found
    group, place = (entries > worst[row, None]).nonzero(as_tuple=True)
    top.merge(first_row, row[group], entries[group, place], first[group] + place * step)
