"""Products of unit vectors that are a little wrong, and by how much at most: in fewer bits where a processor has them.

    unit vectors  ->  rounded ones, whose products stand for cosines within a bound

Four to five times as many products a second as float32 has; what they leave open is computed again by whoever asked.
Where a processor multiplies tiles of bfloat16, it is that: of products the bits are looked at, as whole numbers of half
the bytes, which are in the order of the products where these are not negative. Where it multiplies eight bits, vectors
are turned first, all alike, so that no dimension is larger than others: a rotation changes no cosine, and whole numbers
of one unit then fit all. Knows nothing about neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

import torch
from torch import Tensor

from hilander.graph.threads import in_order

ROWS = 2_048  # turned and rounded at a time
# fewer rows are sooner as they are; in few dimensions much is nearly as similar
LEAST_ROWS, LEAST_DIM = {"bfloat16": 4_096, "eight bits": 16_384, "float32": 0}, 32
TOGETHER = 512  # dimensions: to turn more at once takes longer than it gains
MOST = 127
ROUNDING = 2.0**-24  # of float32
TURN_ERROR = 2.0**-16  # of turned vectors' lengths and angles, in float32


Way = Literal["bfloat16", "eight bits", "float32"]


@dataclass(frozen=True)
class Rough:
    """Attributes
    ----------
    values : bfloat16 or int8 (n, d), or float32 (n, d) where that is all there is
    unit : length that 1 stands for
    error : how far a vector is from what stands for it, at most
    """

    values: Tensor
    unit: float
    error: float

    @classmethod
    def of(cls, points: Tensor, *, small: bool = False) -> Rough:
        """Of unit rows, float32 (n, d) on the CPU, in the way that is the soonest for so many.

        `small` : for products of some hundred rows, of any number
        """
        way = soonest(small=small) if points.shape[1] >= LEAST_DIM else "float32"
        return cls.by(way if len(points) >= LEAST_ROWS[way] else "float32", points)

    @classmethod
    def by(cls, way: Way, points: Tensor) -> Rough:
        """Of unit rows, float32 (n, d) on the CPU, in this way; right on any processor, if not soon."""
        if way == "float32":
            return cls(points, 1.0, ROUNDING * (16 + points.shape[1]))
        return cls._halved(points) if way == "bfloat16" else cls._in_eight_bits(points)

    @classmethod
    def _halved(cls, points: Tensor) -> Rough:
        values = torch.empty(points.shape, dtype=torch.bfloat16)

        def halve(part: slice) -> float:
            values[part] = points[part]
            return float((points[part] - values[part]).norm(dim=1).max())

        return cls(values, 1.0, max(_of_parts(halve, points)) + ROUNDING * (16 + points.shape[1]))

    @classmethod
    def _in_eight_bits(cls, points: Tensor) -> Rough:
        unit = max(_of_parts(lambda part: float(_turned(points[part]).abs().max()), points)) / MOST
        values = torch.empty(points.shape, dtype=torch.int8)

        def whole(part: slice) -> float:
            turned = _turned(points[part])
            number = (turned / unit).round_()
            values[part] = number.to(torch.int8)
            return float((turned - number * unit).norm(dim=1).max())

        error = max(_of_parts(whole, points))
        return cls(values, unit, error + TURN_ERROR + ROUNDING * points.shape[1])

    @property
    def way(self) -> Way:
        return WAYS[self.values.dtype]

    def alike(self, points: Tensor) -> Rough:
        """Other unit rows, for products with these."""
        return self.by(self.way, points)

    @property
    def kind(self) -> torch.dtype:
        """Of products."""
        return {torch.bfloat16: torch.int16, torch.int8: torch.int32}.get(self.values.dtype, torch.float32)

    @property
    def lowest(self) -> float:
        """Less than any product."""
        return {"bfloat16": -1, "eight bits": -(2.0**30), "float32": -torch.inf}[self.way]

    def times(self, other: Rough, out: Tensor | None = None) -> Tensor:
        """All products, (n, n') of their kind; both of one way. In bfloat16 those below 0 are as 0."""
        if self.way == "eight bits":
            return torch._int_mm(self.values, other.values.T, out=out)
        if self.way == "float32":
            return torch.mm(self.values, other.values.T, out=out)
        room = None if out is None else out.view(torch.bfloat16)
        return torch.mm(self.values, other.values.T, out=room).view(torch.int16).clamp_min_(0)

    def may_beat(self, other: Rough, cosine: Tensor) -> Tensor:
        """What a product exceeds if its two rows' cosine exceeds this one, float32 (r,): of the products' kind."""
        bound = self.error + (1 + self.error) * other.error
        least = (cosine.double() - bound) / (self.unit * other.unit)
        if self.way == "float32":
            return least.float()
        if self.way == "eight bits":
            return least.floor_().clamp_min_(self.lowest).int()
        # rounding keeps an order, though it may make equal what was not: so it is one step less
        return least.clamp_min_(0).bfloat16().view(torch.int16) - 1

    def rows(self, rows: slice | Tensor) -> Rough:
        some = self.values[rows] if isinstance(rows, slice) else self.values.index_select(0, rows)
        return Rough(some, self.unit, self.error)


WAYS: dict[torch.dtype, Way] = {
    torch.bfloat16: "bfloat16", torch.int8: "eight bits", torch.float32: "float32",
}  # fmt: skip


@cache
def soonest(*, small: bool = False) -> Way:
    """How this processor multiplies the soonest, and rightly; without its own instructions torch is slow at it.

    `small` : tables of some hundred rows, for each shape of which torch would make code anew in bfloat16
    """
    if not torch._C._has_mkldnn:
        return "float32"
    told: Callable[[], dict[str, object]] = getattr(torch.cpu, "get_capabilities", dict)
    if not small and told().get("amx_bf16") and _right_in_bfloat16():
        return "bfloat16"
    vnni = getattr(torch.cpu, "_is_vnni_supported", None)
    return "eight bits" if vnni and vnni() and _right_in_eight_bits() else "float32"


def _right_in_bfloat16() -> bool:
    """Sums of these are whole in float32, and would not be in bfloat16."""
    drawn = torch.randint(-7, 8, (64, 512), generator=torch.Generator().manual_seed(0)).float()
    product = drawn.bfloat16() @ drawn.T.bfloat16()
    return torch.equal(product, (drawn @ drawn.T).bfloat16())


def _right_in_eight_bits() -> bool:
    signed = (_signs(40, 256) * MOST).to(torch.int8)
    most = signed.abs()
    return torch.equal(torch._int_mm(most, signed.T), most.int() @ signed.int().T)


def _signs(n: int, d: int) -> Tensor:
    """float32 (n, d) of 1 and, every third row, -1."""
    return torch.where(torch.arange(n)[:, None] % 3 == 0, -1.0, 1.0).expand(n, d)


def _of_parts(function: Callable[[slice], float], points: Tensor) -> Iterator[float]:
    """What it makes of some rows after others."""
    return in_order(
        function, [slice(at, at + ROWS) for at in range(0, len(points), ROWS)], torch.device("cpu")
    )


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
