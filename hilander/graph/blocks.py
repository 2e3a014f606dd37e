"""How many points an exact search compares at a time: as many as the device's free memory holds.

Knows nothing about how they are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

SHARE = 0.7  # of the free memory that a search may take; the rest is for what follows and for fragments
MOST_ROWS, MOST_COLUMNS, LEAST = 4_096, 16_384, 256
GROUP = 16  # as in `rounded`: one maximum is kept of so many entries
FREE_ON_CPU = 2**31  # a search that runs on the host keeps to this


@dataclass(frozen=True)
class Blocks:
    """shard : points held on the device at a time; rows, columns : of one product; gathered : values at a time."""

    shard: int
    rows: int
    columns: int
    gathered: int


def free_bytes(device: str) -> int:
    """What is free on the device now, what torch has cached there and does not use included."""
    if torch.device(device).type != "cuda":
        return FREE_ON_CPU
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + cached


def wait_for(device: str) -> None:
    """Until all that was asked of a card is done there, so that progress is told in time; nothing is copied."""
    if torch.device(device).type == "cuda":
        torch.cuda.current_stream(device).synchronize()


def blocks_for(n: int, dim: int, free: int) -> Blocks:
    """Sizes for a search of n points of `dim` values in `free` bytes.

    Half of what may be taken goes to the points, float32 and rounded (6 bytes a value); if they do not fit, they
    take turns in shards. A quarter goes to products and maxima of one block of rows (2 bytes each, and what
    choosing among the maxima takes), a quarter to the candidates gathered in float32 and their products.
    """
    budget = SHARE * free
    shard = min(n, max(LEAST, int(0.5 * budget / (6 * dim))))
    columns = min(MOST_COLUMNS, -(-shard // GROUP) * GROUP)
    a_row = 2 * columns + 20 * (-(-shard // GROUP)) + 6 * dim
    rows = min(MOST_ROWS, max(LEAST, int(0.25 * budget / a_row)))
    return Blocks(shard, rows, columns, max(1, int(0.25 * budget / 8)))
