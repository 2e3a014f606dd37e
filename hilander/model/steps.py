"""The passes over every edge that `wide` is made of: with torch's operations, or as compiled loops on the host.

Both take and give tensors, and agree up to rounding. Knows nothing about levels or committees.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from hilander.graph.room import Room
from hilander.model import network_loops as loops


class Steps(Protocol):
    def pooled(self, gate: Tensor, bias: Tensor, values: Tensor, neighbors: Tensor, room: Room) -> Tensor:
        """(b, 3, w): place for own codes, then mean and largest over N(i) of sigmoid(gate_ij + bias) * values_j.

        gate : float32 (b * m, w), which may be changed;  values : (n, w);  neighbors : int64 (b, m)
        """
        ...

    def meet(self, codes: Tensor, source: Tensor, target: Tensor, neighbors: Tensor) -> None:
        """codes_ij = silu(codes_ij + source_j + target_i), in place; (b * m, w), (n, w), (b, w), int64 (b, m)."""
        ...

    def linked(self, head: nn.Module, codes: Tensor, room: Room) -> Tensor:
        """The difference of a head's two logits, (e,), of codes (e, h) that went through its first activation."""
        ...


class TorchSteps:
    """On any device."""

    def pooled(self, gate: Tensor, bias: Tensor, values: Tensor, neighbors: Tensor, room: Room) -> Tensor:
        (b, m), width = neighbors.shape, values.shape[1]
        let = gate.add_(bias).sigmoid_()
        passed = let.mul_(values.index_select(0, neighbors.flatten())).view(b, m, width)
        seen = room.of("seen", (b, 3, width))
        torch.mean(passed, 1, out=seen[:, 1])
        torch.amax(passed, 1, out=seen[:, 2])
        return seen

    def meet(self, codes: Tensor, source: Tensor, target: Tensor, neighbors: Tensor) -> None:
        codes += source.index_select(0, neighbors.flatten())
        codes.view(*neighbors.shape, -1).add_(target[:, None])
        silu(codes, inplace=True)

    def linked(self, head: nn.Module, codes: Tensor, room: Room) -> Tensor:
        _, middle, _, last = cast(Any, head)
        codes = silu(_times(codes, middle, room).add_(middle.bias), inplace=True)
        return torch.addmv(last.bias[1] - last.bias[0], codes, last.weight[1] - last.weight[0])


class CompiledSteps:
    """On the host, as `network_loops` has them."""

    def pooled(self, gate: Tensor, bias: Tensor, values: Tensor, neighbors: Tensor, room: Room) -> Tensor:
        seen = room.of("seen", (len(neighbors), 3, values.shape[1]))
        loops.pool(*(one.numpy() for one in (gate, bias, values, neighbors.contiguous(), seen)))
        return seen

    def meet(self, codes: Tensor, source: Tensor, target: Tensor, neighbors: Tensor) -> None:
        loops.meet(*(one.numpy() for one in (codes, source, target, neighbors.contiguous())))

    def linked(self, head: nn.Module, codes: Tensor, room: Room) -> Tensor:
        _, middle, _, last = cast(Any, head)
        codes = _times(codes, middle, room)
        weight, bias = last.weight[1] - last.weight[0], float(last.bias[1] - last.bias[0])
        out = codes.new_empty(len(codes))
        loops.judge(codes.numpy(), middle.bias.detach().numpy(), weight.numpy(), bias, out.numpy())
        return out


def _times(codes: Tensor, layer: nn.Linear, room: Room) -> Tensor:
    """The layer's output less its bias."""
    return torch.mm(codes, layer.weight.T, out=room.of("middle", (len(codes), layer.out_features)))
