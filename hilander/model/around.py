"""The only places where a relational network's inputs touch coordinates: cosines along edges, and neighbourhood means.

Block by block, so that neighbours' coordinates never exist all at once. Knows nothing about levels or networks.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from hilander.graph.threads import each_block, row_blocks
from hilander.model import relation_loops
from hilander.model.ops import rows_at


def neighborhoods(unit: Tensor, neighbors: Tensor, similarity: Tensor, *, loops: bool = False) -> Tensor:
    """The unit mean of each node and its neighbours, weighted by similarity: float32 (n, d).

    `unit` may have more rows than the n of `neighbors` and `similarity`: nodes that are neighbours alone.
    `loops` : by compiled loops on the host (`relation_loops`)
    """
    near = unit.new_empty(len(neighbors), unit.shape[1])

    def add(rows: slice) -> None:
        around = rows_at(unit, neighbors[rows])
        mean = unit[rows] + torch.einsum("nm,nmd->nd", similarity[rows].clamp_min(0), around)
        near[rows] = normalize(mean, dim=1)

    blocks = row_blocks(len(neighbors), neighbors.shape[1] * unit.shape[1], unit.device)
    for _ in each_block(_adding(unit, neighbors, similarity, near) if loops else add, blocks, unit.device):
        pass
    return near


def _adding(unit: Tensor, neighbors: Tensor, similarity: Tensor, near: Tensor) -> Callable[[slice], None]:
    arrays = [one.numpy() for one in (*(of.contiguous() for of in (unit, neighbors, similarity)), near)]
    return lambda rows: relation_loops.neighborhoods(*arrays, rows.start, rows.stop)


def row_by_row(here: Tensor, there: Tensor) -> Tensor:
    """here_i . there_i: float32 (n, d), (n or more, d) -> (n,)."""
    found = here.new_empty(len(here))

    def multiply(rows: slice) -> None:
        found[rows] = (here[rows] * there[rows]).sum(1)

    for _ in each_block(multiply, row_blocks(len(here), here.shape[1], here.device), here.device):
        pass
    return found


def cosines(here: Tensor, there: Tensor) -> Tensor:
    """here_ih . there_ij, of a few vectors of each node: float32 (b, h, d), (b, m, d) -> (b, h, m)."""
    return torch.bmm(here, there.transpose(1, 2))
