"""Rows of a level that would fill a card: the host keeps them, and they come to the card in blocks.

Knows nothing about what the rows are.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from hilander.graph.blocks import free_bytes

SHARE = 0.35  # of the card's free memory that such rows may fill; beside them lie a level's codes


class HostRows:
    """What a tensor (n, ...) of a card is to those who read and write it by slices of rows, kept by the host.

    Attributes
    ----------
    shape : of all rows
    device : where slices are given out, and taken from
    """

    def __init__(self, shape: tuple[int, ...], like: Tensor) -> None:
        self.shape, self.device = torch.Size(shape), like.device
        self._like = like[:0]
        # in pages that stay, which a card reads by itself and twice as fast
        self._kept = torch.empty(shape, dtype=like.dtype, pin_memory=like.device.type == "cuda")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Tensor:
        return self._kept[rows].to(self.device, non_blocking=True)

    def __setitem__(self, rows: slice, values: Tensor) -> None:
        self._kept[rows] = values

    def new_empty(self, *shape: Any, dtype: torch.dtype | None = None) -> Tensor:
        """As of a tensor on the device."""
        return self._like.new_empty(*shape, dtype=dtype)


def rows_for(shape: tuple[int, ...], like: Tensor, *, on_host: bool) -> Tensor | HostRows:
    """Room for rows of this shape, of the dtype and on the device of a tensor; the host's where a card has too little
    and `on_host` says that they are read by slices alone."""
    if on_host and like.device.type != "cpu":
        size = math.prod(shape) * like.element_size()
        if size > SHARE * free_bytes(str(like.device)):
            return HostRows(shape, like)
    return like.new_empty(shape)
