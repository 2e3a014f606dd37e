"""Products of unit vectors that are a little wrong, and by how much at most: in eight bits where a processor has them.

    unit vectors  ->  whole numbers, whose products stand for cosines within a bound

Four to five times as many products a second as float32 has; what they leave open is computed again by whoever asked.
Vectors are turned first, all alike, so that no dimension is larger than others: a rotation changes no cosine, and
whole numbers of one unit then fit all. Knows nothing about neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

ROWS = 2_048  # turned at a time
LEAST_ROWS, LEAST_DIM = (
    16_384,
    32,
)  # fewer are sooner as they are; in few dimensions much is nearly as similar
TOGETHER = 512  # dimensions: to turn more at once takes longer than it gains
MOST = 127
ROUNDING = 2.0**-24  # of float32
TURN_ERROR = 2.0**-16  # of turned vectors' lengths and angles, in float32


@dataclass(frozen=True)
class Rough:
    """Attributes
    ----------
    values : int8 (n, d), or float32 (n, d) where that is all there is
    unit : length that 1 stands for
    error : how far a vector is from what stands for it, at most
    """

    values: Tensor
    unit: float
    error: float

    @classmethod
    def of(cls, points: Tensor) -> Rough:
        """Of unit rows, float32 (n, d) on the CPU."""
        few = len(points) < LEAST_ROWS or points.shape[1] < LEAST_DIM
        return cls.plain(points) if few or not eight_bits() else cls._rounded(points)

    @classmethod
    def plain(cls, points: Tensor) -> Rough:
        return cls(points, 1.0, ROUNDING * (16 + points.shape[1]))

    @classmethod
    def _rounded(cls, points: Tensor) -> Rough:
        parts = [slice(at, at + ROWS) for at in range(0, len(points), ROWS)]
        largest = max(float(_turned(points[part]).abs().max()) for part in parts)
        values, unit, error = torch.empty(points.shape, dtype=torch.int8), largest / MOST, 0.0
        for part in parts:
            turned = _turned(points[part])
            whole = (turned / unit).round_()
            values[part] = whole.to(torch.int8)
            error = max(error, float((turned - whole * unit).norm(dim=1).max()))
        return cls(values, unit, error + TURN_ERROR + ROUNDING * points.shape[1])

    def alike(self, points: Tensor) -> Rough:
        """Other unit rows, for products with these."""
        return self._rounded(points) if self.values.dtype == torch.int8 else self.plain(points)

    @property
    def lowest(self) -> float:
        """Less than any product."""
        return -(2.0**30) if self.values.dtype == torch.int8 else -torch.inf

    def times(self, other: Rough, out: Tensor | None = None) -> Tensor:
        """All products, int32 or float32 (n, n'); both of one kind."""
        if self.values.dtype == torch.int8:
            return torch._int_mm(self.values, other.values.T, out=out)
        return torch.mm(self.values, other.values.T, out=out)

    def may_beat(self, other: Rough, cosine: Tensor) -> Tensor:
        """What a product exceeds if its two rows' cosine exceeds this one, float32 (r,): of the products' type."""
        bound = self.error + (1 + self.error) * other.error
        least = (cosine.double() - bound) / (self.unit * other.unit)
        if self.values.dtype != torch.int8:
            return least.float()
        return least.floor_().clamp_min_(self.lowest).int()

    @property
    def kind(self) -> torch.dtype:
        """Of products."""
        return torch.int32 if self.values.dtype == torch.int8 else torch.float32

    def rows(self, rows: slice | Tensor) -> Rough:
        some = self.values[rows] if isinstance(rows, slice) else self.values.index_select(0, rows)
        return Rough(some, self.unit, self.error)


@lru_cache(maxsize=1)
def eight_bits() -> bool:
    """Whether this processor multiplies them sooner, and rightly; without its own instructions torch is slow at it."""
    there = getattr(torch.cpu, "_is_vnni_supported", None)
    if not (torch._C._has_mkldnn and there is not None and there()):
        return False
    most = torch.full((40, 256), MOST, dtype=torch.int8)
    signed = most * torch.where(torch.arange(40)[:, None] % 3 == 0, -1, 1).to(torch.int8)
    return torch.equal(torch._int_mm(most, signed.T), most.int() @ signed.int().T)


def _turned(points: Tensor) -> Tensor:
    """Rotated, up to `TOGETHER` dimensions that are drawn together: float32 (n, d)."""
    dim = points.shape[1]
    if dim <= TOGETHER:
        return points @ _rotation(dim)
    drawn, turned = torch.randperm(dim, generator=torch.Generator().manual_seed(1)), torch.empty_like(points)
    for at in range(0, dim, TOGETHER):
        some = drawn[at : at + TOGETHER]
        turned[:, at : at + TOGETHER] = points.index_select(1, some) @ _rotation(len(some))
    return turned


@lru_cache(maxsize=8)
def _rotation(dim: int) -> Tensor:
    drawn = torch.randn(dim, dim, generator=torch.Generator().manual_seed(0))
    turn: Tensor = torch.linalg.qr(drawn).Q
    return turn
