"""The only places where a relational network's inputs touch coordinates: cosines along edges, and neighbourhood means.

Block by block, so that neighbours' coordinates never exist all at once. Knows nothing about levels or networks.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

BLOCK_VALUES = 4_000_000  # coordinates of neighbours gathered at a time (16 MB)


def neighborhoods(unit: Tensor, neighbors: Tensor, similarity: Tensor) -> Tensor:
    """The unit mean of each node and its neighbours, weighted by similarity: float32 (n, d)."""
    parts = [
        unit[rows] + torch.einsum("nm,nmd->nd", similarity[rows].clamp_min(0), unit[neighbors[rows]])
        for rows in _blocks(unit, neighbors)
    ]
    return normalize(torch.cat(parts), dim=1)


def cosines(here: Tensor, there: Tensor, neighbors: Tensor) -> Tensor:
    """here_i . there_j for every edge: float32 (n, m)."""
    parts = [
        torch.einsum("nd,nmd->nm", here[rows], there[neighbors[rows]]) for rows in _blocks(here, neighbors)
    ]
    return torch.cat(parts)


def _blocks(x: Tensor, neighbors: Tensor) -> list[slice]:
    rows = max(1, BLOCK_VALUES // max(1, neighbors.shape[1] * x.shape[1]))
    return [slice(start, start + rows) for start in range(0, len(x), rows)]
