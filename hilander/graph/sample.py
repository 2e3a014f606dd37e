"""How many true neighbours a search has found, by a sample of rows that are compared with all.

    unit vectors + some rows' true neighbours  ->  the share of them among what was found

Knows nothing about how it was found.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from hilander.graph.rough import Rough
from hilander.graph.threads import each_block, row_blocks
from hilander.graph.top import best_from

PROMISED = 0.98  # of the true neighbours
SURE = 1.65  # standard errors by which the sample's share must be above that: right in nineteen of twenty samples
# rows whose true neighbours are computed: one of so many, since a turn too many costs more the more there are
SAMPLE, MOST_SAMPLED, SAMPLED_OF = 1_024, 4_096, 256
# of which products are formed at a time; of a million rows it takes 0.3 s until that is told
ROWS, COLUMNS = 128, 16_384
SPARE = 48  # beyond m, so that rough products seldom leave it open which are the true ones
TIE = 1e-6  # float32 products carry this error


class Sample:
    """Some rows of x, float32 (n, d) of length 1, and how similar the last of their m true neighbours is.

    rows : int64 (s,), ascending;  least : float32 (s,)
    """

    def __init__(self, x: Tensor, rough: Rough, m: int, progress: Callable[[float], None]) -> None:
        self.x, self.rough, self.m = x, rough, m
        size = min(max(SAMPLE, len(x) // SAMPLED_OF), MOST_SAMPLED, len(x))
        self.rows = torch.from_numpy(np.sort(np.random.default_rng(1).choice(len(x), size, replace=False)))
        self.least = torch.empty(size)

        def measure(rows: slice) -> None:
            self.least[rows] = self._true_worst(self.rows[rows])

        blocks = [slice(at, min(at + ROWS, size)) for at in range(0, size, ROWS)]
        for stop in each_block(measure, blocks, x.device):
            progress(stop / size)

    def _true_worst(self, rows: Tensor) -> Tensor:
        """Cosine of the m-th of all other rows, float32 (r,): of the best by rough products, where these settle it."""
        least, open_ = self._among_best(self.rough, rows)
        again = open_.nonzero().squeeze(1)
        if len(again):
            least[again], _ = self._among_best(Rough.by("float32", self.x), rows[again])
        return least

    def _among_best(self, rough: Rough, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine of the m-th of the best by such products; and, bool (r,), whether one left out may beat it."""
        value, column = self._best_roughly(rough, rows)
        cosine = torch.empty(column.shape)
        for part in row_blocks(len(rows), column.shape[1] * self.x.shape[1], self.x.device):
            others = self.x.index_select(0, column[part].flatten()).view(*column[part].shape, -1)
            cosine[part] = torch.einsum("nd,nmd->nm", self.x[rows[part]], others)
        cosine.masked_fill_(column == rows[:, None], -torch.inf)
        least = cosine.topk(self.m, dim=1).values[:, -1]
        if column.shape[1] == len(self.x):
            return least, torch.zeros_like(least, dtype=torch.bool)
        return least, value[:, -1] > rough.may_beat(rough, least)

    def _best_roughly(self, rough: Rough, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Products, descending, and numbers of the best of all rows, and some more."""
        n, wanted, own = len(self.x), min(self.m + 1 + SPARE, len(self.x)), rough.rows(rows)
        value = torch.full((len(rows), wanted), rough.lowest, dtype=rough.kind)
        column = torch.zeros((len(rows), wanted), dtype=torch.int64)
        for left in range(0, n, COLUMNS):
            block = own.times(rough.rows(slice(left, left + COLUMNS)))
            best, place = best_from(block, wanted, value[:, -1], rough.lowest)
            value, order = torch.cat([value, best], 1).topk(wanted, dim=1)
            column = torch.cat([column, place + left], 1).gather(1, order)
        return value, column

    def recall(self, similarity: Tensor) -> float:
        """The share that was found, of the similarities of what was, float32 (n, m); of ties any counts."""
        return float(self._found(similarity).mean())

    def enough(self, similarity: Tensor) -> bool:
        """Whether what is promised was found, as far as the sample can tell."""
        found = self._found(similarity)
        return float(found.mean() - SURE * found.std(correction=0) / math.sqrt(len(found))) >= PROMISED

    def _found(self, similarity: Tensor) -> Tensor:
        return (similarity[self.rows] >= self.least[:, None] - TIE).double().mean(1)
