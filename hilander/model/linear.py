"""Layers that learn faster on a CPU. Knows nothing about networks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

ONEDNN: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
STEP, MANY = (
    128,
    4096,
)  # rows are filled up to a multiple, many to one of eight times that: oneDNN keeps compiled code
# for every shape that it meets


class Linear(nn.Linear):
    """`nn.Linear`, computed by oneDNN while gradients are recorded on a CPU.

    In float32 too, so equal up to rounding; torch's own choice there, MKL, is half as fast on AMD processors
    (benchmarks/LOG.md). Without gradients it is `nn.Linear` to the bit, which parity with the published code needs.

    Attributes
    ----------
    rounded : what is multiplied while gradients are recorded is rounded to bfloat16 first, sums are of float32;
        weights, values and gradients stay float32. Twice as fast where the processor has such products
    """

    rounded = False

    def forward(self, x: Tensor) -> Tensor:
        plain = x.dtype is not torch.float32 or x.ndim != 2 or x.numel() == 0 or not torch.is_grad_enabled()
        if plain or x.device.type != "cpu" or not ONEDNN:
            return super().forward(x)
        product = _Rounded if self.rounded else _Recorded
        out: Tensor = product.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return out


def rounds(network: nn.Module) -> bool:
    """Whether a network learns by rounded products."""
    return any(isinstance(layer, Linear) and layer.rounded for layer in network.modules())


def rounds_well() -> bool:
    """Whether this processor multiplies bfloat16 by instructions of its own."""
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


class _Recorded(torch.autograd.Function):
    """x W^T + b with the three products of its two passes by oneDNN, which takes torch's own layout in two of them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        full = filled(x)
        ctx.save_for_backward(full, weight)
        ctx.rows, ctx.biased = len(x), bias is not None
        return _product(full, weight, bias)[: len(x)]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        grad = filled(grads[0])
        of_x = _product(grad, weight.T)[: ctx.rows] if ctx.needs_input_grad[0] else None
        of_weight, of_bias = torch.ops.aten.mkldnn_linear_backward_weights(
            grad.to_mkldnn(), x.to_mkldnn(), weight, ctx.biased
        )
        return of_x, of_weight, of_bias if ctx.biased else None


class _Rounded(torch.autograd.Function):
    """x W^T + b, the three products of its two passes of values rounded to bfloat16."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        full, rounded = _filled_rounded(x), weight.bfloat16()
        ctx.save_for_backward(full, rounded)
        ctx.rows, ctx.biased = len(x), bias is not None
        out = (full @ rounded.T)[: len(x)].float()
        return out if bias is None else out.add_(bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        grad = _filled_rounded(grads[0])
        of_x = (grad @ weight)[: ctx.rows].float() if ctx.needs_input_grad[0] else None
        return of_x, (grad.T @ x).float(), grads[0].sum(0) if ctx.biased else None


class PReLU(nn.PReLU):
    """`nn.PReLU`, to the bit but for rounding of the gradients.

    Those are made of operators that use a CPU's vectors, as torch's kernel for them does not (benchmarks/LOG.md).
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or x.ndim != 2 or not torch.is_grad_enabled():
            return super().forward(x)
        out: Tensor = _PReLU.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return out


class _PReLU(torch.autograd.Function):
    """max(x, 0) + weight * min(x, 0)"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return nn.functional.prelu(x, weight)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        above = torch.ops.aten.threshold_backward(grads[0], x, 0)
        below = grads[0] - above
        of_x = above.addcmul_(below, weight)
        return of_x, below.mul_(x).sum_to_size(weight.shape)


def filled(x: Tensor) -> Tensor:
    """x, and rows of zeros up to a multiple of `STEP`, or of eight times that."""
    missing = _missing(x)
    return nn.functional.pad(x, (0, 0, 0, missing)) if missing else x


def _filled_rounded(x: Tensor) -> Tensor:
    """`filled`, rounded to bfloat16 in the same pass."""
    missing = _missing(x)
    if not missing:
        return x.bfloat16()
    full = x.new_empty(len(x) + missing, x.shape[1], dtype=torch.bfloat16)
    full[: len(x)] = x
    full[len(x) :] = 0
    return full


def _missing(x: Tensor) -> int:
    return -len(x) % (STEP if len(x) <= MANY else 8 * STEP)


def _product(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """The matrix product of a and the transpose of b, and bias."""
    out: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, bias, "none", [], "")
    return out
