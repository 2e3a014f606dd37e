"""Exact k-NN by cosine of some rows among all, on a CPU, and what the lists of the others gain by them.

    unit vectors + lists of which some are out of date  ->  lists that are not

The products are those of `once`: rough ones, each pair of the some once, and what may count computed in float32. Knows
nothing about ties, levels or networks.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hilander.graph.exact import COLUMNS, ROWS
from hilander.graph.once import Side, Tile, take_diagonals, take_tiles, tiles
from hilander.graph.running import RunningTop
from hilander.graph.top import top as best

FEW = 100  # rows, below which they are multiplied as they are
OUT_OF_REACH = 2.0  # of a cosine


@torch.no_grad()
def meet(points: Tensor, some: Tensor, top: RunningTop, *, others_gain: bool = True) -> None:
    """Search some rows among all, and let the others' lists take in those of them that beat their worst: in place.

    Parameters
    ----------
    points : float32 (n, d) on the CPU, unit rows
    some : bool (n,)
    top : of the n rows. Lists of `some` are made anew; those of others have none of `some` if `others_gain`
    others_gain : else the others stay as they are
    """
    order = torch.cat([some.nonzero().squeeze(1), (~some).nonzero().squeeze(1)])
    count, length = int(some.sum()), top.value.shape[1]
    own, rest = order[:count], order[count:]
    if count < FEW:
        _meet_few(points, own, top, others_gain=others_gain)
        return
    found = RunningTop.empty(count, length)
    if len(rest) == 0:
        here = there = Side(points, 0, found)
    else:
        there = Side(points[rest], count, _of_others(top, order, rest) if others_gain else _closed(len(rest)))
        here = Side(points[own], 0, found, there.rough.alike(points[own]))
    take_diagonals(here, range(0, count, ROWS), ROWS, _silent)
    take_tiles(here, here, list(tiles(count, ROWS, COLUMNS)), _silent)
    if len(rest):
        take_tiles(here, there, _beside(count, len(points)), _silent)
    numbers = torch.cat([order, order.new_tensor([-1])])  # of which -1 is the last
    top.value[own], top.index[own] = found.value, numbers[found.index]
    if others_gain and len(rest):
        top.value[rest], top.index[rest] = there.top.value, numbers[there.top.index]


def _meet_few(points: Tensor, own: Tensor, top: RunningTop, *, others_gain: bool) -> None:
    """Where it is not worth it to round all vectors."""
    block = points[own] @ points.T
    block[torch.arange(len(own)), own] = -torch.inf
    if others_gain:
        beats = top.value[:, -1:] < block.T
        beats[own] = False
        row, place = beats.nonzero(as_tuple=True)
        top.merge(0, row, block[place, row], own[place])
    top.value[own], top.index[own] = best(block, top.value.shape[1])


def _of_others(top: RunningTop, order: Tensor, rest: Tensor) -> RunningTop:
    """Their lists, rows numbered as in `order`."""
    place = torch.empty(len(order) + 1, dtype=torch.int64)
    place[order], place[-1] = torch.arange(len(order)), -1
    return RunningTop(top.value[rest], place[top.index[rest]])


def _closed(n: int) -> RunningTop:
    """Lists that nothing comes into."""
    return RunningTop(torch.full((n, 1), OUT_OF_REACH), torch.full((n, 1), -1, dtype=torch.int64))


def _beside(count: int, n: int) -> list[Tile]:
    """The first `count` rows against all that come after them."""
    return [
        Tile(start, min(start + ROWS, count), left, min(left + COLUMNS, n))
        for start in range(0, count, ROWS)
        for left in range(count, n, COLUMNS)
    ]


def _silent(_share: float) -> None:
    """Few rows are searched; only whole searches are told."""
