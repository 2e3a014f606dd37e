"""The best that each row has met so far, while entries of single rows come in. Knows nothing about vectors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class RunningTop:
    """The m best of each of n rows so far.

    Attributes
    ----------
    value : float32 (n, m), descending; the floor where there are fewer
    index : int (n, m); -1 there
    """

    value: Tensor
    index: Tensor

    @classmethod
    def empty(cls, n: int, m: int, floor: Tensor | None = None) -> RunningTop:
        """Nothing met yet; an entry must beat `floor`, float32 (n,), where it is given."""
        value = torch.full((n, m), -torch.inf)
        if floor is not None:
            value[:] = floor[:, None]
        return cls(value, torch.full((n, m), -1, dtype=torch.int64))

    def worst(self, rows: slice) -> Tensor:
        """What an entry of each of these rows must beat: float32 (r,)."""
        return self.value[rows, -1].clone()

    def merge(self, first_row: int, row: Tensor, value: Tensor, index: Tensor) -> None:
        """Take in entries of single rows: row (e,) counted from `first_row`, ascending; value, index (e,).

        Those that do not beat the row's worst by now leave no trace.
        """
        beats = (value > self.value[first_row + row, -1]).nonzero().squeeze(1)
        if not len(beats):
            return
        row, value, index = row[beats], value[beats], index[beats]
        rows, slot, count = torch.unique_consecutive(row, return_inverse=True, return_counts=True)
        place = torch.arange(len(row)) - (count.cumsum(0) - count)[slot]
        rows, m = rows + first_row, self.value.shape[1]
        width = m + int(count.max())
        values = torch.full((len(rows), width), -torch.inf)
        indices = self.index.new_zeros((len(rows), width))
        values[:, :m], indices[:, :m] = self.value[rows], self.index[rows]
        values[slot, m + place], indices[slot, m + place] = value, index
        best, order = values.topk(m, dim=1)
        self.value[rows], self.index[rows] = best, indices.gather(1, order)
