"""The relations of a level's nodes and edges by compiled loops (`relation_loops`): tensors on the host in and out.

Knows nothing about learning.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from hilander.graph.room import Room
from hilander.model import crossing_loops
from hilander.model import relation_columns as columns
from hilander.model import relation_loops as loops
from hilander.model.seen import Nodes


def describing(
    level: Nodes, into: tuple[Tensor, Tensor, Tensor, Tensor], bounds: tuple[Tensor, Tensor], points: int
) -> Callable[[slice], None]:
    """Describes some of a level's nodes that follow each other, in their rows of what `relations.Described` holds:
    node, edge, common and around, edges cut off at `bounds`.

    points : of a node's similarities, as in `relations.PROFILE`
    """
    node, edge, common, around = into
    width = edge.shape[2]
    low, high = (one[:width].contiguous().numpy() for one in bounds)
    table = torch.stack([getattr(level, name) for name in columns.COLUMNS], dim=1).numpy()
    scale = 1 / level.behind.spread / 4
    behind = level.behind.mean, scale
    numbers, similarity = level.numbers.contiguous().numpy(), level.similarity.contiguous().numpy()
    vectors = [one.contiguous().numpy() for one in (level.mean, level.near, level.unit, level.peak)]
    room, m = Room(), numbers.shape[1]
    crossed = level.crossed and [
        one.numpy()
        for one in (level.crossed.pairs, level.crossed.start(), level.crossed.count, level.crossed.sure)
    ]

    def describe(rows: slice) -> None:
        b, first = rows.stop - rows.start, rows.start
        found = room.of("found", (b, m, columns.THERE + 1)).numpy()
        counts = room.of("counts", (b, m, columns.SURE_BACK + 1)).numpy()
        loops.cosines(*vectors, int(level.peak is level.mean), numbers, first, found)
        loops.overlap(numbers, first, counts)
        if crossed:
            crossing_loops.crossing(*crossed, numbers, first, counts)
        seen = table, similarity, numbers, first, found, counts, *behind
        loops.edges(*seen, low, high, edge[rows].numpy(), around[rows].numpy())
        loops.nodes(*seen, points, node[rows].numpy(), common[rows].numpy())

    return describe
