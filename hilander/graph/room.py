"""Room for the blocks of a thread, used again: memory that is new to a process takes longer to get than to fill."""

from __future__ import annotations

from collections.abc import Sequence
from threading import local

import torch
from torch import Tensor


class Room:
    """Tensors of each thread, by what they are for; what it is given is its own until it asks for the same again."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self._here = local()

    def of(self, use: str, shape: Sequence[int], kind: torch.dtype = torch.float32) -> Tensor:
        """Of this shape and kind, always the same of one use: zeros at first, then as the thread has left it."""
        kept: dict[str, Tensor] = self._here.__dict__
        wanted = torch.Size(shape).numel()
        if use not in kept or len(kept[use]) < wanted:
            kept[use] = torch.zeros(wanted, dtype=kind, device=self.device)
        return kept[use][:wanted].view(torch.Size(shape))
