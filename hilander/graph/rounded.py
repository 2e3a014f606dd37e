"""Exact k-NN by cosine with products in half precision: what they leave open is proved, or searched again.

    unit vectors  ->  the m best of each row, as float32 says

Products of rounded rows only choose groups of candidates, which are compared again in float32. With
|x.y - x'.y'| <= |x - x'| |y| + |x'| |y - y'|, what a group not chosen can hold at most is known; a row whose m-th
best does not beat that is searched in float32. So the result never depends on the rounding. Points that do not fit
on the device come to it in shards. Knows nothing about ties, levels or networks; runs on any device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from hilander.graph.blocks import GROUP, Blocks, wait_for
from hilander.graph.plain import merged, search_rows, without_self

# As fast as bfloat16 on tensor cores, and eight times as precise; values of unit rows are within its range.
ROUNDED = torch.float16
MORE = 16  # groups beyond m whose entries are compared in float32
WHOLE = 8  # tensor cores want rows of a multiple of so many values
MARGIN = 2.0**-20  # as wide as what `exact` takes for a tie


@dataclass(frozen=True)
class Shard:
    """Points on the device, number `start` and those that follow.

    exact : float32 (s, d);  rounded : (s, d or more), filled up with 0;  error : float32 (s,), |x - x'|
    """

    start: int
    exact: Tensor
    rounded: Tensor
    error: Tensor

    @classmethod
    def of(cls, points: Tensor, start: int, dtype: torch.dtype) -> Shard:
        rounded = pad(points.to(dtype), (0, -points.shape[1] % WHOLE))
        error = torch.empty(len(points), device=points.device)
        step = max(1, 2**24 // points.shape[1])  # 64 MB of differences at a time
        for row in range(0, len(points), step):
            part = slice(row, row + step)
            error[part] = (points[part] - rounded[part, : points.shape[1]].float()).norm(dim=1)
        return cls(start, points, rounded, error)


def search_rounded(
    points: Tensor,
    m: int,
    sizes: Blocks,
    *,
    device: str,
    progress: Callable[[float], None],
    dtype: torch.dtype = ROUNDED,
) -> tuple[Tensor, Tensor]:
    """The m rows most similar to each row, itself left out, best first.

    Parameters
    ----------
    points : float32 (n, d) on the host or on `device`, unit rows
    m : 1 <= m <= n - 1
    dtype : float16 or bfloat16

    Returns
    -------
    float32 (n, m), int64 (n, m), on `device`
    """
    n = len(points)
    whole = sizes.shard >= n
    if not whole and torch.device(device).type == "cuda" and points.device.type == "cpu":
        points = points.pin_memory()  # each shard is fetched once, and the rows for each shard
    best = torch.full((n, m), -torch.inf, device=device)
    index = torch.zeros((n, m), dtype=torch.int64, device=device)
    limit = best.new_full((n,), -torch.inf)
    with full_precision():
        for shard in _shards(points, sizes.shard, device, dtype):
            for start in range(0, n, sizes.rows):
                part = slice(start, min(start + sizes.rows, n))
                query = _rows(shard, points, part, dtype)
                value, column, left_out = _shard_top(shard, query, m, sizes)
                if not whole:
                    value, column = merged(best[part], index[part], value, column)
                best[part], index[part] = value, column
                limit[part] = torch.maximum(limit[part], left_out)
                wait_for(device)
                progress(0.99 * (shard.start + len(shard.exact) * part.stop / n) / n)
        unproved = (best[:, -1] <= limit + MARGIN).nonzero().squeeze(1)
        again = shard.exact if whole else points
        for start in range(0, len(unproved), sizes.rows):
            rows = unproved[start : start + sizes.rows]
            found = search_rows(
                again, rows, m, columns=sizes.columns, device=device, progress=lambda _share: progress(0.99)
            )
            best[rows], index[rows] = found
    progress(1.0)
    return best, index


@contextmanager
def full_precision() -> Iterator[None]:
    """Float32 products are float32's, and sums of products in half precision are kept in float32, while it lasts."""
    matmul = torch.backends.cuda.matmul
    names = ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
    before, float32 = [getattr(matmul, name) for name in names], torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("highest")
        for name in names:
            setattr(matmul, name, False)
        yield
    finally:
        torch.set_float32_matmul_precision(float32)
        for name, value in zip(names, before, strict=True):
            setattr(matmul, name, value)


def _shards(points: Tensor, size: int, device: str, dtype: torch.dtype) -> Iterator[Shard]:
    for start in range(0, len(points), size):
        yield Shard.of(points[start : start + size].to(device, non_blocking=True), start, dtype)


def _rows(shard: Shard, points: Tensor, part: slice, dtype: torch.dtype) -> Shard:
    """Some points as a shard of their own; from the one at hand where it holds them."""
    low, high = part.start - shard.start, part.stop - shard.start
    if low >= 0 and high <= len(shard.exact):
        return Shard(part.start, shard.exact[low:high], shard.rounded[low:high], shard.error[low:high])
    return Shard.of(points[part].to(shard.exact.device, non_blocking=True), part.start, dtype)


def _shard_top(shard: Shard, query: Shard, m: int, sizes: Blocks) -> tuple[Tensor, Tensor, Tensor]:
    """The best of a shard for some rows, and the most that can be left in it: (r, m or fewer), the same, (r,)."""
    maxima = _group_maxima(shard, query, sizes.columns)
    chosen = maxima.topk(min(m + MORE, maxima.shape[1]), dim=1)
    candidates = _members(chosen.indices, len(shard.exact), sizes.columns)
    value, place = _compared(shard, query, candidates, sizes.gathered).topk(
        min(m, candidates.shape[1]), dim=1
    )
    value, column = _once_more(shard, query, value, candidates.gather(1, place))
    column += shard.start
    if chosen.indices.shape[1] == maxima.shape[1]:
        return value, column, torch.full_like(value[:, 0], -torch.inf)
    return value, column, _bound(chosen.values[:, -1].float(), shard, query)


def _bound(product: Tensor, shard: Shard, query: Shard) -> Tensor:
    """The most that an exact product can be, (r,), whose rounded one is at most `product`, (r,)."""
    most, dim = shard.error.amax(), shard.exact.shape[1]
    inputs = query.error * (1 + most) + most * (1 + 2.0**-20)
    sums = dim * 2.0**-22  # of dim float32 sums, on hardware that cuts off instead of rounding
    output = (
        0.51 * torch.finfo(shard.rounded.dtype).eps * product.abs() + 2.0**-24
    )  # half a step of the last digit
    return product + inputs + sums + output


def _group_maxima(shard: Shard, query: Shard, columns: int) -> Tensor:
    """The largest rounded product of each group of `GROUP` points, (r, groups), itself left out.

    Groups lie within blocks of `columns` points: group g of a block holds its points g, g + step, g + 2 step, ...
    with as many groups a block as `step`.
    """
    r, s = len(query.rounded), len(shard.rounded)
    own = torch.arange(query.start, query.start + r, device=shard.rounded.device)
    maxima = torch.empty((r, _groups(s)), dtype=shard.rounded.dtype, device=own.device)
    block = maxima.new_empty((r, min(columns, _groups(s) * GROUP)))
    for left in range(0, s, columns):
        right = min(left + columns, s)
        step = _groups(right - left)
        if right - left < block.shape[1]:
            block = maxima.new_full((r, step * GROUP), -torch.inf)
        torch.mm(query.rounded, shard.rounded[left:right].T, out=block[:, : right - left])
        if query.start < shard.start + right and shard.start + left < query.start + r:
            without_self(block[:, : right - left], own, shard.start + left)
        first = left // GROUP
        torch.amax(block.view(r, GROUP, step), 1, out=maxima[:, first : first + step])
    return maxima


def _groups(points: int) -> int:
    return -(-points // GROUP)


def _members(group: Tensor, s: int, columns: int) -> Tensor:
    """The points of some groups, numbered within their shard of s points, (r, c) -> (r, c * GROUP); s for none."""
    block = group // (columns // GROUP)
    left = block * columns
    step = ((s - left).clamp_max(columns) + GROUP - 1) // GROUP
    place = torch.arange(GROUP, device=group.device)
    within = (group - left // GROUP).unsqueeze(2) + place * step.unsqueeze(2)
    members = (left.unsqueeze(2) + within).flatten(1)
    return torch.where((within < (s - left).clamp_max(columns).unsqueeze(2)).flatten(1), members, s)


def _once_more(shard: Shard, query: Shard, value: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
    """The few that are kept of each row, multiplied in float64 and put in that order: sums differ by device."""
    own, ends = query.exact.double(), column.clamp_max(len(shard.exact) - 1)
    exact = torch.stack([(own * shard.exact[one].double()).sum(1) for one in ends.T], dim=1).float()
    value, order = torch.where(value == -torch.inf, value, exact).sort(dim=1, descending=True)
    return value, column.gather(1, order)


def _compared(shard: Shard, query: Shard, candidates: Tensor, gathered: int) -> Tensor:
    """Float32 products of rows and their candidates, (r, c); -inf for itself and for none."""
    s, dim = shard.exact.shape
    value = torch.empty(candidates.shape, device=candidates.device)
    step = max(1, gathered // (candidates.shape[1] * dim))
    for start in range(0, len(candidates), step):
        part = slice(start, start + step)
        ends = shard.exact[candidates[part].clamp_max(s - 1)]
        value[part] = torch.bmm(ends, query.exact[part].unsqueeze(2)).squeeze(2)
    own = torch.arange(query.start, query.start + len(value), device=value.device) - shard.start
    return value.masked_fill_((candidates == own[:, None]) | (candidates == s), -torch.inf)
