"""Exact k-NN by cosine on a CPU, each pair of rows multiplied once: its product serves both rows.

    unit vectors  ->  the m best of each row, in tiles of the upper triangle of all pairs

A tile's products are rough (`rough`). It is looked at twice, along its rows and along its columns, but only groups of
entries whose largest may beat the worst that a row has so far are opened, and what may beat it in these is computed
in float32: pair by pair, so that a cosine is the same whatever tile it is found in. `parts` computes some of the tiles
elsewhere. Knows nothing about ties, levels or networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import local
from typing import NamedTuple

import torch
from torch import Tensor

from hilander.graph.rough import Rough
from hilander.graph.running import RunningTop
from hilander.graph.sparse import true_places
from hilander.graph.threads import in_order
from hilander.graph.top import top as best

GROUP = 16  # entries of which only the largest is compared first
MOST_OPEN = 0.01  # groups opened for each pair of a tile, beyond which plain products are sooner
PAIRS = 4_096  # whose cosines are computed at a time
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


class Side:
    """Rows `first` to first + r - 1 of the whole set.

    points : float32 (r, d) on the CPU, unit rows;  rough : of these, both sides of a tile of one way;  top : their best
    so far
    """

    def __init__(self, points: Tensor, first: int, top: RunningTop, rough: Rough | None = None) -> None:
        self.points, self.first, self.top = points, first, top
        self.rough = rough or Rough.of(points)


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
            own.products = [_Products(), _Products()]
        rows = slice(tile.start - here.first, tile.stop - here.first)
        columns = slice(tile.left - there.first, tile.right - there.first)
        return _look(own.products, (here, rows), (there, columns))

    for tile, (by_row, by_column) in zip(wanted, in_order(look, wanted, here.points.device), strict=True):
        here.top.merge(tile.start - here.first, *by_row)
        there.top.merge(tile.left - there.first, *by_column)
        done += (tile.stop - tile.start) * (tile.right - tile.left)
        progress(done / every)


def _look(
    products: list[_Products], here: tuple[Side, slice], there: tuple[Side, slice]
) -> tuple[Entries, Entries]:
    """What one tile has for its rows, and for its columns.

    Where rough products leave too much open, plain ones are formed: the entries are the same.
    """
    (one, rows), (other, columns) = here, there
    x, y = one.points[rows], other.points[columns]
    worst_row, worst_column = one.top.worst(rows), other.top.worst(columns)
    enough, ways = MOST_OPEN * len(x) * len(y), [(one.rough.rows(rows), other.rough.rows(columns))]
    if one.rough.kind != torch.float32:
        ways.append((Rough.by("float32", x), Rough.by("float32", y)))
    for (left, right), table in zip(ways, products, strict=False):
        tile = table.of(left, right)
        in_rows = _beating_groups(tile, left.may_beat(right, worst_row), across=True)
        in_columns = _beating_groups(tile, right.may_beat(left, worst_column), across=False)
        if len(in_rows.row) + len(in_columns.row) <= enough:
            break
    by_row = _true(_opened(in_rows), x, y, worst_row, other.first + columns.start)
    return by_row, _true(_opened(in_columns), y, x, worst_column, one.first + rows.start)


class _Products:
    """Rough products of two sets of rows, filled up with the lowest to whole groups both ways, in one buffer."""

    def __init__(self) -> None:
        self.buffer = torch.empty(0)

    def of(self, here: Rough, there: Rough) -> Tensor:
        height, width = len(here.values), len(there.values)
        whole = (-(-height // GROUP) * GROUP, -(-width // GROUP) * GROUP)
        if self.buffer.shape != whole or self.buffer.dtype != here.kind:
            self.buffer = torch.empty(whole, dtype=here.kind)
        if whole == (height, width):
            return here.times(there, self.buffer)
        self.buffer.fill_(here.lowest)
        self.buffer[:height, :width] = here.times(there)
        return self.buffer


def _take_diagonal(top: RunningTop, block: Tensor, start: int, number: int) -> None:
    """`start` : place of the block's first row;  `number` : its number in the whole set."""
    block.fill_diagonal_(-torch.inf)
    stop, m = start + len(block), min(top.value.shape[1], len(block))
    value, column = best(block, m)
    top.value[start:stop, :m], top.index[start:stop, :m] = value, column + number


class _Groups(NamedTuple):
    """Groups of a tile's entries whose largest beats the least of their row: row (h,), entries (h, GROUP), the least of
    each row (r,), number of entry 0 (h,), and how many numbers the next entry is further on."""

    row: Tensor
    entries: Tensor
    least: Tensor
    first: Tensor
    step: int


def _beating_groups(tile: Tensor, least: Tensor, *, across: bool) -> _Groups:
    """Along the tile's rows, or (not `across`) its columns; least : of its type, one a row or a column."""
    if across:
        groups = tile.view(len(tile), GROUP, -1)  # group g of a row: columns g, g + step, g + 2 step, ...
        row, group = true_places(groups.amax(1)[: len(least)] > least[:, None])
        return _Groups(row, groups[row, :, group], least, group, groups.shape[2])
    groups = tile.view(GROUP, -1, tile.shape[1])
    beats = groups.amax(0)[:, : len(least)] > least
    row, group = true_places(beats.T.contiguous())
    return _Groups(row, groups[:, group, row].T, least, group, groups.shape[1])


def _opened(found: _Groups) -> tuple[Tensor, Tensor]:
    """Row and number of the single entries that beat their row's least."""
    group, place = (found.entries > found.least[found.row, None]).nonzero(as_tuple=True)
    return found.row[group], found.first[group] + place * found.step


def _true(found: tuple[Tensor, Tensor], x: Tensor, y: Tensor, worst: Tensor, first: int) -> Entries:
    """Of pairs (row of x, row of y), those whose cosine beats the row's worst; numbers of y counted from `first`."""
    row, number = found
    cosine = torch.empty(len(row))
    for at in range(0, len(row), PAIRS):
        part = slice(at, at + PAIRS)
        cosine[part] = (x.index_select(0, row[part]) * y.index_select(0, number[part])).sum(1)
    beats = (cosine > worst[row]).nonzero().squeeze(1)
    return row[beats], cosine[beats], number[beats] + first
