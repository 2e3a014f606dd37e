"""Message passing on a k-NN graph in plain torch.

In-degree is fixed, so "gather from my neighbours" is dense indexing: no sparse kernels. Tensors of one row an
edge exist only for a block of nodes at a time. `dgl_ops.DglOps` offers the same three operations through DGL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor

BLOCK_VALUES = 4_000_000  # floats in the widest tensor of one edge block (16 MB)
PART_ROWS = 16_384  # nodes whose hidden values exist at a time where no gradients are recorded
EdgeFunction = Callable[[Tensor, Tensor, Tensor], Tensor]
Gate = Callable[[Tensor], Tensor]
Tick = Callable[[float], None]


def rows_at(values: Tensor, index: Tensor) -> Tensor:
    """values[index], several times sooner on a CPU: (n, ...), int64 (b, m) -> (b, m, ...)."""
    return values.index_select(0, index.flatten()).view(*index.shape, *values.shape[1:])


class MessagePassing(Protocol):
    """Three operations on the edges j -> i, j in N(i), given row by row as (n, m) arrays.

    r of the n nodes may be asked for, which follow each other; on a whole graph all of them.
    """

    def within(self, hops: int) -> MessagePassing:
        """The same, asked for no more nodes than are `hops` edges from those whose edges are judged."""
        ...

    def parts(self) -> Iterator[MessagePassing]:
        """The same for some of the nodes asked for after others; all at once while gradients are recorded."""
        ...

    def own(self, values: Tensor) -> Tensor:
        """The rows of the nodes asked for; (n, h) -> (r, h)."""
        ...

    def attention(self, source: Tensor, target: Tensor, slope: float) -> Tensor:
        """Softmax over N(i) of leaky_relu(source_j + target_i); (n,), (r,) -> (r, m)."""
        ...

    def weighted_sum(self, values: Tensor, weights: Tensor) -> Tensor:
        """Sum over N(i) of weights_ij * values_j; (n, h), (r, m) -> (r, h)."""
        ...

    def gated(self, values: Tensor, edge: Tensor, gate: Gate) -> Tensor:
        """Mean and largest over N(i) of values_j * gate(edge_ij), side by side.

        (n, h), (r, m, c), ((e, c) -> (e, h)) -> (r, 2 h)
        """
        ...

    def edges(self, source: Tensor, target: Tensor, edge: Tensor, function: EdgeFunction) -> Tensor:
        """function(source_j, target_i, edge_ij) of every edge, in rows of one an edge.

        (n, a), (r, b), (n or r, m, c), ((e, a), (e, b), (e, c) -> (e, d)) -> (r, m, d)
        """
        ...


class TorchOps:
    """The default engine, on any device that torch knows.

    Parameters
    ----------
    neighbors : int64 (r, m)
    tick : called with the share of edges judged so far, 0 to 1, block by block; may raise to stop
    start : number of the first of the nodes asked for
    """

    def __init__(self, neighbors: Tensor, tick: Tick | None = None, start: int = 0) -> None:
        self.neighbors = neighbors
        self.start = start
        self.tick = tick or (lambda _share: None)

    def within(self, hops: int) -> TorchOps:
        return self

    def parts(self) -> Iterator[TorchOps]:
        if torch.is_grad_enabled():
            yield self
            return
        for start in range(0, len(self.neighbors), PART_ROWS):
            yield TorchOps(self.neighbors[start : start + PART_ROWS], start=self.start + start)

    def own(self, values: Tensor) -> Tensor:
        return values[self.start : self.start + len(self.neighbors)]

    def attention(self, source: Tensor, target: Tensor, slope: float) -> Tensor:
        score = source[self.neighbors] + target.unsqueeze(1)
        return torch.softmax(torch.nn.functional.leaky_relu(score, slope), dim=1)

    def weighted_sum(self, values: Tensor, weights: Tensor) -> Tensor:
        return torch.nn.functional.embedding_bag(
            self.neighbors, values, per_sample_weights=weights.contiguous(), mode="sum"
        )

    def gated(self, values: Tensor, edge: Tensor, gate: Gate) -> Tensor:
        n, m = self.neighbors.shape
        rows = max(1, BLOCK_VALUES // max(1, m * values.shape[1]))
        pooled = []
        for start in range(0, n, rows):
            part = slice(start, start + rows)
            let = gate(edge[part].flatten(0, 1)).view(-1, m, values.shape[1])
            passed = values[self.neighbors[part]] * let
            pooled.append(torch.cat([passed.mean(1), passed.amax(1)], dim=1))
        return torch.cat(pooled)

    def edges(self, source: Tensor, target: Tensor, edge: Tensor, function: EdgeFunction) -> Tensor:
        n, m = self.neighbors.shape
        rows = max(1, BLOCK_VALUES // max(1, m * max(source.shape[1], target.shape[1])))
        parts = []
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            own = target[start:stop].unsqueeze(1).expand(-1, m, -1)
            ends = source[self.neighbors[start:stop]]
            parts.append(function(ends.flatten(0, 1), own.flatten(0, 1), edge[start:stop].flatten(0, 1)))
            self.tick(stop / n)
        return torch.cat(parts).view(n, m, -1)
