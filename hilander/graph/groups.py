"""Sums and counts in groups of rows, on any device the same every time, however many threads add at once.

Sums of floats depend on their order, which on a card is nobody's: so they are made one after the other in each group
(`weighted_sums`), or of whole numbers (`in_steps`). Nothing here waits for a card. Knows nothing about what is added.
"""

from __future__ import annotations

import torch
from torch import Tensor

STEPS = 2.0**32  # to 1: sums of a milliard values of up to 1 keep within int64


def counted(group: Tensor, n: int) -> Tensor:
    """int64 (n,): how many of `group`, int64 (e,), are 0, 1, ..., n - 1."""
    if group.device.type == "cpu":
        return torch.bincount(group, minlength=n)
    return added(torch.ones_like(group), group, n)


def added(values: Tensor, group: Tensor, n: int) -> Tensor:
    """int64 (n,): sums of whole numbers, int64 (e,), in groups 0, 1, ..., n - 1."""
    return torch.zeros(n, dtype=torch.int64, device=group.device).index_add_(0, group, values)


def in_steps(values: Tensor) -> Tensor:
    """Values of up to 1 as whole numbers of steps of 2**-32: int64. Sums of them do not depend on the order."""
    return (values.double() * STEPS).round().long()


def from_steps(sums: Tensor) -> Tensor:
    """float64: what sums of `in_steps` stand for."""
    return sums.double() / STEPS


def weighted_sums(group: Tensor, weight: Tensor, x: Tensor, n: int) -> Tensor:
    """float32 (n, d): sums of the rows of x in each of n groups, each times its weight, one after the other.

    Parameters
    ----------
    group : int64 (r,), each of 0, ..., n - 1 at least once;  weight : float32 (r,);  x : float32 (r, d)
    """
    ordered, order = group.sort(stable=True)
    starts = torch.searchsorted(ordered, torch.arange(n, device=group.device))
    return torch.nn.functional.embedding_bag(order, x, starts, mode="sum", per_sample_weights=weight[order])
