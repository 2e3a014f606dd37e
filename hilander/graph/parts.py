"""Exact k-NN in parts that can be computed anywhere, in any order, and again: one block of rows against another.

    unit vectors of two blocks  ->  what beats each row's floor  ->  (merged)  ->  the lists of the whole search

The products are those of `once`, tile by tile of the same shape, so the lists are the same too. Knows nothing about
where parts are computed, files, levels or networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hilander.graph.exact import COLUMNS, ROWS
from hilander.graph.once import Side, Tile, take_diagonals, take_tiles, tiles
from hilander.graph.plain import merged
from hilander.graph.running import RunningTop

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_VALUES = 1 << 23  # of the vectors of one block: 32 MB
BLOCKS = 8  # at least, where there are so many rows


@dataclass(frozen=True)
class Part:
    """The tiles whose rows are in `start` to `stop` and whose first columns are in `left` to `right`, of n rows."""

    n: int
    start: int
    stop: int
    left: int
    right: int

    @property
    def on_diagonal(self) -> bool:
        return self.start == self.left

    @property
    def end(self) -> int:
        """Where its columns end: the last tile may reach beyond `right`."""
        return max((it.right for it in self.tiles()), default=self.right)

    def tiles(self) -> Iterator[Tile]:
        for tile in tiles(self.n, ROWS, COLUMNS):
            if self.start <= tile.start < self.stop and self.left <= tile.left < self.right:
                yield tile


def parts_of(n: int, dim: int, workers: int) -> list[Part]:
    """All of a search, those on the diagonal first: their lists are floors for the others."""
    most = max(1, BLOCK_VALUES // dim // ROWS)
    rows = ROWS * max(1, min(most, -(-n // (max(BLOCKS, 2 * workers) * ROWS))))
    edges = [*range(0, n, rows), n]
    blocks = list(pairwise(edges))
    pairs = [(one, other) for i, one in enumerate(blocks) for other in blocks[i:]]
    return [Part(n, *one, *other) for one, other in sorted(pairs, key=lambda it: it[1][0] - it[0][0])]


@dataclass(frozen=True)
class Entries:
    """What a part has found for rows `first` and following.

    count : uint16 (r,), entries of each row;  value : float32 (e,), index : int64 or int32 (e,), row after row
    """

    first: int
    count: NDArray[np.uint16]
    value: NDArray[np.float32]
    index: NDArray[Any]

    @classmethod
    def of(cls, side: Side, n: int) -> Entries:
        found = side.top.index >= 0
        index = side.top.index[found].numpy().astype(np.int32 if n < 2**31 else np.int64)
        return cls(side.first, found.sum(1).numpy().astype(np.uint16), side.top.value[found].numpy(), index)

    @property
    def nbytes(self) -> int:
        return self.count.nbytes + self.value.nbytes + self.index.nbytes


@torch.no_grad()  # so that threads may compute it, each alone
def search_part(
    part: Part,
    here: NDArray[np.float32],
    there: NDArray[np.float32] | None,
    m: int,
    floors: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
) -> list[Entries]:
    """The m best of a part's rows and of its columns, as far as they beat their floors.

    Parameters
    ----------
    here, there : float32 (r, d), (c, d), unit rows `start` to `stop` and `left` to `end`; of a part on the diagonal
        `here` are those from `start` to `end`, and `there` is None
    floors : float32 (r,), (c,), similarities that are not worth telling; not on the diagonal
    """
    above = [None, None] if floors is None else [torch.from_numpy(one) for one in floors]
    row = Side(torch.from_numpy(here), part.start, RunningTop.empty(len(here), m, above[0]))
    column = row
    if there is None:
        take_diagonals(row, range(part.start, part.stop, ROWS), ROWS, _silent)
    else:
        others = torch.from_numpy(there)
        best = RunningTop.empty(len(there), m, above[1])
        column = Side(others, part.left, best, row.rough.alike(others))
    take_tiles(row, column, list(part.tiles()), _silent)
    return [Entries.of(side, part.n) for side in ([row] if there is None else [row, column])]


def _silent(_share: float) -> None:
    """A part is small: only whole ones are told."""


class Merged:
    """The lists of all n rows, as far as parts have come in.

    value : float32 (n, m), descending, -inf where there are fewer;  index : int64 (n, m)
    """

    def __init__(self, n: int, m: int) -> None:
        top = RunningTop.empty(n, m)
        self.value, self.index = top.value, top.index

    def floor(self, start: int, stop: int) -> NDArray[np.float32]:
        """float32 (stop - start,): the worst that these rows have."""
        return self.value[start:stop, -1].numpy().copy()

    def add(self, found: Entries) -> None:
        """Take in the lists of some rows, in any order."""
        count = torch.from_numpy(found.count.astype(np.int64))
        width = int(count.max()) if len(count) else 0
        if width == 0:
            return
        value = torch.full((len(count), width), -torch.inf)
        index = torch.full((len(count), width), -1, dtype=torch.int64)
        there = torch.arange(width) < count[:, None]
        value[there] = torch.from_numpy(found.value)
        index[there] = torch.from_numpy(found.index.astype(np.int64))
        rows = slice(found.first, found.first + len(count))
        self.value[rows], self.index[rows] = merged(self.value[rows], self.index[rows], value, index)
