"""The walks of `walks`, in a card's tensors: what sparse matrices do there, sorting does here.

    k-NN graph + P(same cluster)  ->  a share for every link, in [0, 1]

Steps that lead to the same node are sorted together and added as whole numbers, so the result is the same every time.
The card is waited for where what is found makes a shape: once a block of steps, and blocks are as many as its free
memory makes. Where that is too little for all walks at once, the host follows them (`walks`). Knows nothing about
networks, files or labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from hilander.graph.blocks import SHARE, free_bytes
from hilander.graph.either import fetched
from hilander.graph.groups import added, from_steps, in_steps

CUTS = 4_096  # places at which blocks of rows may begin
A_STEP = 160  # bytes that one step of a walk takes while it is sorted
A_NODE = 1_600  # bytes that the walks of one node take, of some hundred ends
STEPS = 3
LEAST_PROB = 0.2  # links less probable are not walked
LEAST_SHARE = 0.003  # less likely ends of a walk are forgotten: at most 333 are kept of a node


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix of n rows and columns, none of the rows empty.

    Attributes
    ----------
    key : int64 (e,)       row * n + column of its entries, ascending
    value : float32 (e,)
    start : int64 (n + 1,) where each row begins, and the last ends
    """

    key: Tensor
    value: Tensor
    start: Tensor

    @classmethod
    def of(cls, key: Tensor, value: Tensor, n: int) -> Sparse:
        row = torch.arange(n + 1, device=key.device)
        return cls(key, value, torch.searchsorted(key, row * n))

    @property
    def n(self) -> int:
        return len(self.start) - 1

    def row(self) -> Tensor:
        return self.key // self.n

    def scaled(self, by: Tensor) -> Sparse:
        """Each row times a number, (n,)."""
        return Sparse(self.key, self.value * by.float()[self.row()], self.start)

    def sums(self, values: Tensor) -> Tensor:
        """float64 (n,): sums over each row of values in [0, 1], (e,)."""
        return from_steps(added(in_steps(values), self.row(), self.n))


def fits(n: int, device: torch.device) -> bool:
    """Whether the walks of n nodes find room on the card."""
    return n * A_NODE < SHARE * free_bytes(str(device))


def shared_ends(neighbors: Tensor, link_prob: Tensor) -> Tensor:
    """As `walks.shared_ends`, of int64 and float (n, m) tensors of one device: float32 (n, m) there, in [0, 1].

    Up to rounding: entries of walks are added in another order, and one that is as likely as `LEAST_SHARE` may be
    kept by one and not by the other.
    """
    step = _steps(neighbors, link_prob)
    ends = step
    for _ in range(STEPS - 1):
        ends = _walked(ends, step)
    ends = ends.scaled(1 / ends.sums(ends.value.square()).sqrt())
    found = torch.empty(neighbors.shape, device=neighbors.device)
    most = free_bytes(str(neighbors.device)) // (A_STEP * max(1, neighbors.shape[1])) // 4
    for block in _blocks(ends, ends.start, most):
        entries, rows = slice(block.entry, block.entry + block.entries), slice(block.first, block.stop)
        row = ends.row()[entries]
        wanted = neighbors[row] * ends.n + (ends.key[entries] - row * ends.n)[:, None]
        at = torch.searchsorted(ends.key, wanted).clamp_max_(len(ends.key) - 1)
        both = torch.where(ends.key[at] == wanted, ends.value[at], 0) * ends.value[entries, None]
        place = torch.arange(block.entries, device=row.device)
        found[rows] = torch.nn.functional.embedding_bag(
            place, both, ends.start[rows] - block.entry, mode="sum"
        )
    return found.clamp_(0, 1)


def _steps(neighbors: Tensor, link_prob: Tensor) -> Sparse:
    """T = D^-1 (I + max(A, A^T))."""
    n, m = neighbors.shape
    walked = (link_prob.flatten() > LEAST_PROB).nonzero().squeeze(1)
    here, there = walked // m, neighbors.flatten()[walked]
    pull, node = link_prob.flatten()[walked].float().square(), torch.arange(n, device=neighbors.device)
    key, order = torch.cat([here * n + there, there * n + here, node * n + node]).sort(stable=True)
    value = torch.cat([pull, pull, torch.ones_like(node, dtype=torch.float32)])[order]
    again = torch.zeros_like(key, dtype=torch.bool)
    again[1:] = key[1:] == key[:-1]
    most = value.clone()
    most[:-1] = torch.where(
        again[1:], torch.maximum(value[:-1], value[1:]), value[:-1]
    )  # a link has two ends
    first = (~again).nonzero().squeeze(1)
    both = Sparse.of(key[first], most[first], n)
    return both.scaled(1 / both.sums(both.value))


def _walked(ends: Sparse, step: Sparse) -> Sparse:
    """One step more: ends @ step, less what is less likely than `LEAST_SHARE`."""
    n, row = ends.n, ends.row()
    column = ends.key - row * n
    each = step.start.diff()[column]
    before = torch.cat([each.new_zeros(1), each.cumsum(0)])
    keys, values = [], []
    for block in _blocks(ends, before[ends.start], free_bytes(str(row.device)) // A_STEP // 4):
        part = slice(block.entry, block.entry + block.entries)
        place = torch.arange(block.size, device=row.device)
        entry = torch.arange(block.entry, block.entry + block.entries, device=row.device)
        entry = torch.repeat_interleave(entry, each[part], output_size=block.size)
        into = step.start[column[entry]] + place - (before[entry] - block.before)
        key, value = _merged(row[entry] * n + step.key[into] % n, ends.value[entry] * step.value[into], place)
        keys.append(key)
        values.append(value)
    return Sparse.of(torch.cat(keys), torch.cat(values), n)


def _merged(key: Tensor, value: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Values of the same key added, keys ascending, those of at least `LEAST_SHARE` kept."""
    key, order = key.sort()
    slot = torch.zeros_like(key)
    slot[1:] = (key[1:] != key[:-1]).cumsum(0)
    total = from_steps(added(in_steps(value[order]), slot, len(key))).float()
    key = torch.zeros_like(key).scatter_(0, slot, key)
    kept = ((total >= LEAST_SHARE) & (total > 0)).nonzero().squeeze(1)
    return key[kept], total[kept]


class Block(NamedTuple):
    """Rows `first` to `stop` with so many `entries`, from number `entry` on; of their steps, `size`, so many are
    `before`."""

    first: int
    stop: int
    entry: int
    entries: int
    before: int
    size: int


def _blocks(ends: Sparse, before: Tensor, most: int) -> Iterator[Block]:
    """Rows in blocks of at most `most` steps, or of few rows; `before`, int64 (n + 1,), counts those before each."""
    n = ends.n
    cut = torch.arange(0, n + CUTS, max(1, n // CUTS), device=before.device).clamp_max_(n)
    rows, entries, steps = (one.tolist() for one in fetched(cut, ends.start[cut], before[cut]))
    low = 0
    for high in range(1, len(rows)):
        if high == len(rows) - 1 or steps[high + 1] - steps[low] > most:
            if rows[high] > rows[low]:
                yield Block(
                    *(rows[low], rows[high], entries[low], entries[high] - entries[low]),
                    *(steps[low], steps[high] - steps[low]),
                )
            low = high
