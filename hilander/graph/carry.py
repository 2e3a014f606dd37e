"""The k-NN graph of rows of which most are rows of a graph that is known: what is known of them stays.

    longer lists of some rows + how these became others  ->  longer lists of the others

Lists are longer than a graph's, so that some of their rows may merge and enough is left. What is new is compared with
all rows (`meet`), and so are rows whose lists have become too short. Knows nothing about levels or networks; sees
unit vectors only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from hilander.graph.exact import LONG, SPARE, ties_broken
from hilander.graph.knn import KnnGraph
from hilander.graph.meet import meet
from hilander.graph.running import RunningTop

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGER = 1.5  # times as many neighbours as a graph has
LEAST = 2  # known beyond those that a graph must know
# of the pairs of a search of all: from here on that is sooner (benchmarks/LOG.md)
MOST = 0.8


def longer(n: int, m: int) -> int:
    """How long lists of n rows are to be where the graph has m neighbours each; m where it is not worth it."""
    wanted = min(max(int(LONGER * m), m + SPARE + LEAST), LONG - SPARE, n - 1)
    return wanted if wanted > m + SPARE else m


def graph_of(lists: RunningTop, m: int) -> KnnGraph:
    """The first m of each list, m + `SPARE` of which are known or all rows."""
    similarity, neighbors = lists.value[:, :m].numpy().copy(), lists.index[:, :m].numpy().copy()
    return KnnGraph(neighbors, similarity)


def carried(
    lists: RunningTop,
    m: int,
    x: NDArray[np.float32],
    before: NDArray[np.int64],
    of: NDArray[np.int64],
) -> RunningTop | None:
    """Lists of the rows of `x`, at least m + `SPARE` known of each; None where a search of all is sooner.

    As an exact search of all rows if `lists` were that.

    Parameters
    ----------
    lists : of n rows, of any length l > m + `SPARE`; where fewer are known, no other is nearer than the last
    x : float32 (n', d), unit rows, n' > l
    before : int64 (n',), the row of `lists` that each one was; -1 where there was none of that vector
    of : int64 (n,), the row of `x` that each row of `lists` now is or is part of
    """
    new = torch.from_numpy(before < 0)
    found = RunningTop(lists.value[before], _numbers(of)[lists.index[before]])
    merged = torch.cat([new, new.new_zeros(1)])[found.index]
    touched = (merged.any(1) & ~new).nonzero().squeeze(1)
    if _pairs(int(new.sum()), len(x)) + _pairs(_too_few(found.index[touched], m), len(x)) > MOST:
        return None
    _forget(found, touched, merged[touched])
    points = torch.from_numpy(np.ascontiguousarray(x))
    meet(points, new, found)
    short = (found.index >= 0).sum(1) < m + SPARE
    meet(points, short, found, others_gain=False)
    neighbors, similarity = ties_broken(found.value, found.index, found.value.shape[1])
    return RunningTop(similarity, neighbors)


def _numbers(of: NDArray[np.int64]) -> torch.Tensor:
    """Where each row went, and -1 at -1."""
    return torch.from_numpy(np.append(of, -1))


def _pairs(some: int, n: int) -> float:
    """The share of all pairs of n rows that have one of so many."""
    return some / n * (2 - some / n)


def _too_few(index: torch.Tensor, m: int) -> int:
    """How many lists will hold too few, where what has merged counts as one that is near enough still."""
    ordered = index.sort(dim=1).values
    known = (ordered[:, 1:] > ordered[:, :-1]).sum(1) + (ordered[:, 0] >= 0)
    return int((known < m + SPARE).sum())


def _forget(lists: RunningTop, rows: torch.Tensor, gone: torch.Tensor) -> None:
    """Take entries out of the lists of some rows; `gone`, bool (rows, l). What may be missing then is no nearer than
    the list's last was."""
    value, index = lists.value[rows], lists.index[rows]
    order = gone.to(torch.uint8).sort(dim=1, stable=True).indices
    stays = ~gone.gather(1, order)
    lists.value[rows] = torch.where(stays, value.gather(1, order), value[:, -1:])
    lists.index[rows] = torch.where(stays, index.gather(1, order), -1)
