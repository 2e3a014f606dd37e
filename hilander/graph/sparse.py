"""Where a table of bools is true, if it seldom is. Knows nothing about what they tell."""

from __future__ import annotations

import torch
from torch import Tensor

WORD = 8  # bools that are looked at together


def true_places(table: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of every true entry, int64 (e,), row by row: of bool (r, c) on the CPU, contiguous.

    As `nonzero`, up to ten times as soon where less than a hundredth is true, and half as soon where a third is.
    """
    flat = table.view(-1)
    whole = len(flat) // WORD * WORD
    words = flat[:whole].view(torch.int64).nonzero().squeeze(1)
    word, within = flat[:whole].view(-1, WORD).index_select(0, words).nonzero(as_tuple=True)
    place = words[word] * WORD + within
    if whole < len(flat):
        place = torch.cat([place, flat[whole:].nonzero().squeeze(1) + whole])
    row = place.div(table.shape[1], rounding_mode="floor") if len(place) else place
    return row, place - row * table.shape[1]
