"""A linear layer that learns faster on a CPU. Knows nothing about networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ONEDNN: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
STEP = 1024  # rows are filled up to a multiple: oneDNN keeps compiled code for every shape that it meets


class Linear(nn.Linear):
    """`nn.Linear`, computed by oneDNN while gradients are recorded on a CPU.

    In float32 too, so equal up to rounding; torch's own choice there, MKL, is half as fast on AMD processors
    (benchmarks/LOG.md). Without gradients it is `nn.Linear` to the bit, which parity with the published code needs.
    """

    def forward(self, x: Tensor) -> Tensor:
        plain = x.dtype is not torch.float32 or x.ndim != 2 or x.numel() == 0 or not torch.is_grad_enabled()
        if plain or x.device.type != "cpu" or not ONEDNN:
            return super().forward(x)
        missing = -len(x) % (STEP if len(x) > STEP else STEP // 8)
        full = nn.functional.pad(x, (0, 0, 0, missing)) if missing else x
        out: Tensor = torch.ops.aten.mkldnn_linear(full.to_mkldnn(), self.weight, self.bias).to_dense()
        return out[: len(x)]
