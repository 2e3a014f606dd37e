"""Message passing through DGL: the second engine, for people who live in DGL.

Same operations and shapes as `ops.TorchOps`; a test holds the two to 1e-5.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from hilander.errors import InputError
from hilander.graph.dgl import dgl_graph, import_dgl
from hilander.model.ops import EdgeFunction, Gate


class DglOps:
    """`ops.MessagePassing` by DGL's kernels (CPU: DGL's wheels hold no CUDA)."""

    def __init__(self, neighbors: Tensor) -> None:
        if neighbors.device.type != "cpu":
            raise InputError("engine dgl runs on the CPU only. Use engine torch for a GPU, or device cpu.")
        self.dgl = import_dgl()
        self.shape = tuple(neighbors.shape)
        self.graph = dgl_graph(neighbors.numpy())

    def within(self, hops: int) -> DglOps:
        return self

    def parts(self) -> Iterator[DglOps]:
        yield self

    def own(self, values: Tensor) -> Tensor:
        return values

    def attention(self, source: Tensor, target: Tensor, slope: float) -> Tensor:
        score = self.dgl.ops.u_add_v(self.graph, source.unsqueeze(1), target.unsqueeze(1))
        score = torch.nn.functional.leaky_relu(score, slope)
        weights: Tensor = self.dgl.ops.edge_softmax(self.graph, score)
        return weights.view(self.shape)

    def weighted_sum(self, values: Tensor, weights: Tensor) -> Tensor:
        total: Tensor = self.dgl.ops.u_mul_e_sum(self.graph, values, weights.reshape(-1, 1))
        return total

    def gated(self, values: Tensor, edge: Tensor, gate: Gate) -> Tensor:
        let = gate(edge.flatten(0, 1))
        passed = self.dgl.ops.u_mul_e(self.graph, values, let)
        ops = self.dgl.ops
        return torch.cat([ops.copy_e_mean(self.graph, passed), ops.copy_e_max(self.graph, passed)], dim=1)

    def edges(self, source: Tensor, target: Tensor, edge: Tensor, function: EdgeFunction) -> Tensor:
        with self.graph.local_scope():
            self.graph.srcdata["source"], self.graph.dstdata["target"] = source, target
            self.graph.edata["edge"] = edge.flatten(0, 1)
            self.graph.apply_edges(
                lambda e: {"out": function(e.src["source"], e.dst["target"], e.data["edge"])}
            )
            out: Tensor = self.graph.edata["out"]
        return out.view(*self.shape, -1)
