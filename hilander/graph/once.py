"""Exact k-NN by cosine on a CPU, each pair of rows multiplied once: its product serves both rows.

    unit vectors  ->  the m best of each row, in tiles of the upper triangle of all pairs

A tile is looked at twice, along its rows and along its columns, but only groups of entries whose largest beats the
worst that a row has so far are opened. `parts` computes some of the tiles elsewhere. Knows nothing about ties, levels
or networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import local
from typing import NamedTuple

import torch
from torch import Tensor

from hilander.graph.running import RunningTop
from hilander.graph.threads import in_order

GROUP = 16  # entries of which only the largest is compared first
Entries = tuple[Tensor, Tensor, Tensor]  # row, counted from a first one and ascending; value; index


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
    n, side = len(points), Side(points, 0, RunningTop.empty(len(points), m))
    first = min(1.0, rows / n)  # the share of all products that are on the diagonal
    take_diagonals(side, range(0, n, rows), rows, lambda share: progress(first * share))
    take_tiles(side, side, list(tiles(n, rows, columns)), lambda share: progress(first + (1 - first) * share))
    return side.top.value, side.top.index


class Tile(NamedTuple):
    """Rows `start` to `stop` against columns `left` to `right`, which come after them."""

    start: int
    stop: int
    left: int
    right: int


def tiles(n: int, rows: int, columns: int) -> Iterator[Tile]:
    """All right of the diagonal of n rows."""
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        for left in range(stop, n, columns):
            yield Tile(start, stop, left, min(left + columns, n))


@dataclass(frozen=True)
class Side:
    """points : float32 (r, d) on the CPU, rows `first` to first + r - 1 of the whole set;  top : their best so far."""

    points: Tensor
    first: int
    top: RunningTop


def take_diagonals(side: Side, starts: Sequence[int], rows: int, progress: Callable[[float], None]) -> None:
    """Blocks of rows against themselves; first, so that every row has a worst value to beat."""

    def take(start: int) -> None:
        own = side.points[start - side.first :][:rows]
        _take_diagonal(side.top, own @ own.T, start - side.first, start)

    for done, _ in enumerate(in_order(take, starts, side.points.device), start=1):
        progress(done / len(starts))


def take_tiles(here: Side, there: Side, wanted: list[Tile], progress: Callable[[float], None]) -> None:
    """Tiles whose rows are `here` and whose columns are `there`, which may be the same.

    What threads find in tiles beside each other is merged in the tiles' order, so it does not matter how many they are.
    """
    own, done = local(), 0
    every = sum((it.stop - it.start) * (it.right - it.left) for it in wanted)

    def look(tile: Tile) -> tuple[Entries, Entries]:
        if not hasattr(own, "products"):
            own.products = _Products()
        height, width = tile.stop - tile.start, tile.right - tile.left
        row, column = tile.start - here.first, tile.left - there.first
        found = own.products.of(here.points[row : row + height], there.points[column : column + width])
        by_row = _in_rows(found, here.top.worst(row, height), tile.left)
        return by_row, _in_columns(found, there.top.worst(column, width), tile.start)

    for tile, (by_row, by_column) in zip(wanted, in_order(look, wanted, here.points.device), strict=True):
        here.top.merge(tile.start - here.first, *by_row)
        there.top.merge(tile.left - there.first, *by_column)
        done += (tile.stop - tile.start) * (tile.right - tile.left)
        progress(done / every)


class _Products:
    """Products of two sets of rows, filled up with -inf to whole groups both ways. One buffer serves all of a size."""

    def __init__(self) -> None:
        self.buffer = torch.empty(0)

    def of(self, here: Tensor, there: Tensor) -> Tensor:
        tile = self._buffer(len(here), len(there))
        torch.mm(here, there.T, out=tile[: len(here), : len(there)])
        return tile

    def _buffer(self, height: int, width: int) -> Tensor:
        shape = (-(-height // GROUP) * GROUP, -(-width // GROUP) * GROUP)
        if self.buffer.shape != shape:
            self.buffer = torch.empty(shape)
        if shape != (height, width):
            self.buffer.fill_(-torch.inf)
        return self.buffer


def _take_diagonal(top: RunningTop, block: Tensor, start: int, number: int) -> None:
    """`start` : place of the block's first row;  `number` : its number in the whole set."""
    block.fill_diagonal_(-torch.inf)
    stop, m = start + len(block), min(top.value.shape[1], len(block))
    value, column = block.topk(m, dim=1)
    top.value[start:stop, :m], top.index[start:stop, :m] = value, column + number


def _in_rows(tile: Tensor, worst: Tensor, left: int) -> Entries:
    """Worst : float32 (height,), of the tile's rows;  `left` : number of its first column."""
    groups = tile.view(len(tile), GROUP, -1)  # group g of a row: columns g, g + step, g + 2 step, ...
    row, group = (groups.amax(1)[: len(worst)] > worst[:, None]).nonzero(as_tuple=True)
    return _opened(row, groups[row, :, group], worst, left + group, groups.shape[2])


def _in_columns(tile: Tensor, worst: Tensor, start: int) -> Entries:
    """Worst : float32 (width,), of the tile's columns;  `start` : number of its first row."""
    groups = tile.view(GROUP, -1, tile.shape[1])
    beats = groups.amax(0)[:, : len(worst)] > worst
    row, group = beats.T.contiguous().nonzero(as_tuple=True)
    return _opened(row, groups[:, group, row].T, worst, start + group, groups.shape[1])


def _opened(row: Tensor, groups: Tensor, worst: Tensor, first: Tensor, step: int) -> Entries:
    """Those entries of the groups found that beat their row's worst value.

    row : (h,);  groups : their entries, (h, GROUP);  worst : of each row, (r,);  first : int64 (h,), number of entry 0
    """
    group, place = (groups > worst[row, None]).nonzero(as_tuple=True)
    return row[group], groups[group, place], first[group] + place * step
