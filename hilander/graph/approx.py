"""Approximate k-NN by cosine: joins of overlapping lists, then neighbours of neighbours, until enough is found.

Two images that share a list are compared, all pairs of a list in one matrix product; what that misses is mostly
known to a neighbour. How many rounds and lists it takes is seen on a sample whose true neighbours are computed, and
the share of them that was found is told. Where nothing is found sooner than by comparing all, all are compared. Why
this, beside faiss's indexes and pynndescent: benchmarks/LOG.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hilander.graph.exact import exact_lists
from hilander.graph.lists import PER_ROOT, Lists, Part, sorted_into_lists
from hilander.graph.rough import Rough, soonest
from hilander.graph.running import RunningTop
from hilander.graph.sample import Sample
from hilander.graph.threads import each_block, in_order, row_blocks
from hilander.graph.top import best_from, top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import Fraction

PLACES = 4  # lists that a row stands in each turn, of up to 100,000; benchmarks/LOG.md has recall and time of others
MOST_ROUNDS = 6
# what a turn is thought to take, and to leave: rounds in it, how much longer a row takes that has to be gathered, the
# share of what is missing that a second turn leaves, its bounds, and what may be missing at the end
ROUNDS, GATHERED = 2, 8
FIRST_SHARE, LEAST_SHARE, MOST_SHARE, AT_MOST_MISSING = 0.75, 0.3, 0.95, 0.016
PAIRS_ONCE = (
    0.25  # of n: what comparing all takes, as rows compared in a turn; each pair once, and twice as fast
)
LITTLE = 0.002  # a round that finds less more than the one before is the last
LIST_OF = 16  # times the neighbours wanted: rows in a list, at least
PAIRS = 1_000_000  # of lists that are looked at together
FEWEST = 32  # rows compared with all others at a time
ASKED = 2  # times m neighbours of neighbours that are neither known nor found twice, about
NONE, NOBODY = -2.0, -1  # less than any cosine, and whose it is
SPARE = 4  # candidates beyond m of a turn, since their order is that of rough products


def approx_neighbors(
    x: NDArray[np.float32], m: int, progress: Fraction
) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
    """Almost always the m most similar other rows of each row, most similar first.

    Shapes and ranges as `exact.exact_neighbors`; and the share of true neighbours found, in [0, 1], estimated on a
    sample of the rows (`sample`). No entry is ever missing: a row that meets too few others is compared with all.
    """
    with torch.inference_mode():
        search = _Search(torch.from_numpy(np.ascontiguousarray(x)), m, _part(progress, 0.0, 0.1))
        recall = search.run(_part(progress, 0.1, 1.0))
        progress(1.0)
        return search.neighbors.long().numpy(), search.similarity.clamp_(-1, 1).numpy(), recall


def _part(progress: Fraction, low: float, high: float) -> Fraction:
    return lambda share: progress(low + share * (high - low))


class _Search:
    """neighbors : int32 (n, m), similarity : float32 (n, m), descending: the best found so far.

    rough, small : of x, for large tables of products and for those of single lists
    """

    def __init__(self, x: Tensor, m: int, progress: Fraction) -> None:
        self.x, self.m, self.rough = x, m, Rough.of(x)
        self.small = self.rough if soonest() == soonest(small=True) else Rough.of(x, small=True)
        self.neighbors = torch.full((len(x), m), NOBODY, dtype=torch.int32)
        self.similarity = torch.full((len(x), m), NONE)
        self.sample = Sample(x, self.rough, m, progress)

    def run(self, progress: Fraction) -> float:
        """Search until enough is found, in other lists each turn, which takes half of what is left of the progress.

        Where the turns made and those left would take longer than comparing all, all are compared: so it ends. Returns
        the share of true neighbours found.
        """
        done, turn, missing, share = 0.0, 0, 1.0, 0.0
        while not self.sample.enough(self.similarity):
            half = (1 + done) / 2
            if (turn + self._turns_left(missing, share)) * self._turn() > PAIRS_ONCE * len(self.x):
                self.compare_all(_part(progress, done, half))
                return 1.0
            self.join(turn, _part(progress, done, (done + half) / 2))
            self._ask_while_it_helps(_part(progress, (done + half) / 2, half))
            before, missing = missing, 1 - self.sample.recall(self.similarity)
            share = missing / before if turn else FIRST_SHARE
            done, turn = half, turn + 1
        return self.sample.recall(self.similarity)

    def _turns_left(self, missing: float, share: float) -> float:
        """At least one; `share` of what is missing is still missing after each."""
        if share == 0 or missing == 0:
            return 1.0
        share = min(max(share, LEAST_SHARE), MOST_SHARE)
        return max(1.0, math.log(AT_MOST_MISSING / missing) / math.log(share))

    def _turn(self) -> float:
        """Rows that one is compared with in a turn; those that have to be gathered first take longer."""
        n, each = len(self.x), self._list_size()
        return n * self.places / each + self.places * each + ROUNDS * GATHERED * self.m * (self.m + 1)

    def _ask_while_it_helps(self, progress: Fraction) -> None:
        recall = self.sample.recall(self.similarity)
        for turn in range(MOST_ROUNDS):
            if self.sample.enough(self.similarity):
                return
            self.ask_neighbors(_part(progress, turn / MOST_ROUNDS, (turn + 1) / MOST_ROUNDS))
            before, recall = recall, self.sample.recall(self.similarity)
            if recall < before + LITTLE:
                return

    @property
    def places(self) -> int:
        """One more for each tenfold of rows: lists are then a smaller part of them."""
        return max(PLACES, PLACES + round(math.log10(len(self.x) / 1e5)))

    def _list_size(self) -> float:
        return max(float(LIST_OF * (self.m + 1)), self.places * math.sqrt(len(self.x)) / PER_ROOT)

    def compare_all(self, progress: Fraction) -> None:
        """What lists would not find sooner."""
        self.neighbors, self.similarity = exact_lists(self.x, self.m, self.x.device.type, progress)

    def join(self, turn: int, progress: Fraction) -> None:
        """Compare all pairs that share one of this turn's lists, of which every row stands in `places`.

        First each row with the list that it is nearest to; of the others then only what is no worse than that.
        """
        n, m, rough = len(self.x), self.m, self.small
        size = LIST_OF * (m + 1)
        lists = sorted_into_lists(
            self.x, self.rough, self.places, size, seed=turn, progress=_part(progress, 0.0, 0.4)
        )
        places, none = len(lists.members) // n, rough.lowest
        found = RunningTop(
            torch.full((n * places, m), none, dtype=rough.kind), torch.full((n * places, m), NOBODY).int()
        )
        least = rough.may_beat(rough, self.similarity[:, -1])
        least.masked_fill_(self.similarity[:, -1] == NONE, none)
        self._compare(lists, places, least, found, first=True, progress=_part(progress, 0.4, 0.6))
        torch.maximum(least, found.value[::places].amin(1), out=least)
        self._compare(lists, places, least, found, first=False, progress=_part(progress, 0.6, 0.9))
        near, value = found.index.view(n, -1), found.value.view(n, -1)

        def keep(rows: slice) -> None:
            some = _best_numbers(near[rows], value[rows], m + SPARE)
            others = self.x.index_select(0, some.clamp_min(0).flatten().long()).view(*some.shape, -1)
            cosine = torch.einsum("nd,nmd->nm", self.x[rows], others).masked_fill_(some == NOBODY, NONE)
            known, similarity = self.neighbors[rows], self.similarity[rows]
            self._keep(rows, torch.cat([known, some], 1), torch.cat([similarity, cosine], 1))

        blocks = row_blocks(n, (m + SPARE) * self.x.shape[1], self.x.device)
        self._each(keep, blocks, _part(progress, 0.9, 1.0))

    def _compare(
        self,
        lists: Lists,
        places: int,
        least: Tensor,
        found: RunningTop,
        *,
        first: bool,
        progress: Fraction,
    ) -> None:
        """Of the rows that have their first place in a list, or any other, the best that the list has, roughly.

        least : (n,), products that are of no use, nor less;  found : products, of every place, written
        """
        parts = lists.parts(first=first, most=PAIRS)
        every, done = sum(len(some) for some in parts), 0

        def compare(some: Sequence[Part]) -> None:
            self._compare_some(lists.members, some, places, least, found)

        for some, _ in zip(parts, in_order(compare, parts, self.x.device), strict=True):
            done += len(some)
            progress(done / every)

    def _compare_some(
        self, members: Tensor, parts: Sequence[Part], places: int, least: Tensor, found: RunningTop
    ) -> None:
        """Of some parts of lists, which follow each other: their products in one table, which is looked at once."""
        rough, none, begin = self.small, self.small.lowest, parts[0].start
        slots = members[begin : parts[-1].stop].long()
        rows = slots // places
        vectors = rough.rows(rows)
        here = torch.cat([torch.arange(it.low, it.high) for it in parts]) - begin
        heights = torch.tensor([it.high - it.low for it in parts])
        widest = max(it.stop - it.start for it in parts)
        start = torch.tensor([it.start - begin for it in parts]).repeat_interleave(heights)
        table, at = torch.full((len(here), widest), none, dtype=rough.kind), 0
        for it in parts:
            own, all_of_it = slice(it.low - begin, it.high - begin), slice(it.start - begin, it.stop - begin)
            height = it.high - it.low
            table[at : at + height, : it.stop - it.start] = vectors.rows(own).times(vectors.rows(all_of_it))
            at += height
        table[torch.arange(len(here)), here - start] = none
        value, column = best_from(table, self.m, least[rows[here]], none)
        m, slot = value.shape[1], slots[here]
        number = rows[(start[:, None] + column).clamp_max_(len(rows) - 1)].int()
        found.value[slot, :m], found.index[slot, :m] = value, number.masked_fill_(value == none, NOBODY)

    def _keep(self, rows: slice, near: Tensor, cosine: Tensor) -> None:
        """Of candidates, some of which may stand there twice, the best; of all rows where there are too few."""
        near, order = near.sort(1)
        cosine = cosine.gather(1, order)
        cosine[:, 1:].masked_fill_(near[:, 1:] == near[:, :-1], NONE)
        value, column = cosine.topk(self.m, dim=1)
        found = near.gather(1, column)
        few = torch.arange(rows.start, rows.stop)[value[:, -1] == NONE]
        for start in range(0, len(few), FEWEST):
            part = few[start : start + FEWEST]
            value[part - rows.start], found[part - rows.start] = self._all(part)
        self.similarity[rows], self.neighbors[rows] = value, found

    def _all(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The most similar of all rows."""
        block = self.x.index_select(0, rows) @ self.x.T
        block[torch.arange(len(rows)), rows] = NONE
        value, column = top(block, self.m)
        return value, column.int()

    def ask_neighbors(self, progress: Fraction) -> None:
        """One round: every row is compared with the neighbours of its neighbours, as they stood before."""
        n, m, before = len(self.x), self.m, self.neighbors.clone()
        best = RunningTop(self.similarity, self.neighbors)

        def ask(rows: slice) -> None:
            own = before[rows]
            theirs = before.index_select(0, own.flatten().long()).view(len(own), -1)
            known = torch.cat([own, torch.arange(rows.start, rows.stop, dtype=torch.int32)[:, None]], 1)
            row, near = _not_known(theirs, known)
            cosine = (self.x[rows].index_select(0, row) * self.x.index_select(0, near)).sum(1)
            better = (cosine > best.value[rows, -1].index_select(0, row)).nonzero().squeeze(1)
            best.merge(rows.start, row[better], cosine[better], near[better])

        self._each(ask, row_blocks(n, ASKED * m * self.x.shape[1], self.x.device), progress)

    def _each(
        self, function: Callable[[slice], None], blocks: Sequence[slice], progress: Fraction | None = None
    ) -> None:
        for stop in each_block(function, blocks, self.x.device):
            if progress:
                progress(stop / blocks[-1].stop)


def _best_numbers(near: Tensor, value: Tensor, m: int) -> Tensor:
    """Of numbers with values, (r, t), some of which stand there twice, the m with the largest: (r, m')."""
    near, order = near.sort(1)
    value = value.gather(1, order)
    twice = near[:, 1:] == near[:, :-1]
    near[:, 1:].masked_fill_(twice, NOBODY)
    value[:, 1:].masked_fill_(twice, value.min())
    return near.gather(1, value.topk(min(m, value.shape[1]), dim=1, sorted=False).indices)


def _not_known(theirs: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers in a row of theirs, int32 (r, t), each once, that are not known, int32 (r, k): row, number, by rows."""
    keys = torch.cat([known * 2, theirs * 2 + 1], 1).sort(1).values  # a known one comes first of its equals
    number, new = keys >> 1, (keys & 1).bool()
    new[:, 1:] &= number[:, 1:] != number[:, :-1]
    row, place = new.nonzero(as_tuple=True)
    return row, number[row, place]
