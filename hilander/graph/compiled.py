"""What loops over numpy arrays are written with: one pass over memory in place of one an operation.

    @compiled("void(float32[:,::1], float32[::1])")
    def sums(values, out): ...

It is machine code for this processor from the first call on (`machine_code`), made by numba the first time ever
(`compiling`); reading it needs no numba. Arrays are handed over as they are: of the types named, in one piece.
A place that is below 0 counts from the end, which is asked for each one that came out of an array: in the innermost
loops np.uint64 says that it is not, which saves up to a quarter of the time (benchmarks/LOG.md).
Loops hold no lock of the interpreter, so threads run them side by side. Knows nothing about what is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any

import numpy as np

from hilander.graph.signature import Signature

LOOPS: list[Loop] = []  # every one of the modules that were imported
LINE = 64  # bytes that come from memory at once

LOG2E = np.float32(1.4426950408889634)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.1219444e-4)  # add up to log 2; the first is exact
SMALLEST, LARGEST = np.float32(-87.0), np.float32(88.0)  # exponents between which e**x is an ordinary float32
ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


class Inside:
    """A function that loops call: compiled into each of them, for whatever types they call it with."""

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError(f"{self.function.__name__} is for compiled loops; nothing else can call it.")


class Loop(Inside):
    """A function of arrays and numbers that runs as machine code; other loops may call it too.

    Raises
    ------
    TypeError   an argument of another type than the signature names, or an array that is not in one piece
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        super().__init__(function)
        self.signature = Signature.of(signature)
        LOOPS.append(self)

    @cached_property
    def _native(self) -> Callable[..., Any]:
        from hilander.graph import machine_code  # a tenth of a second: LLVM

        return machine_code.native(self.function, self.signature)

    def ready(self) -> None:
        """Read or compile it now, if it was not yet."""
        self._native  # noqa: B018

    def __call__(self, *arguments: Any) -> Any:
        return self._native(*arguments)


def compiled(signature: str) -> Callable[[Callable[..., Any]], Loop]:
    """Mark a function as a loop, for arguments of these types: numba's names, as "int64(float32[:,::1], int64)"."""
    return lambda function: Loop(function, signature)


@compiled("float32(float32)")
def exponential(x: Any) -> Any:
    """e**x, wrong by 5e-7 of itself at most; below `SMALLEST` and above `LARGEST` as there.

    x = w log 2 + f with w whole: 2**w is written into the exponent's bits, and e**f, |f| <= log(2) / 2, is its Taylor
    series up to f**7.
    """
    x = min(max(x, SMALLEST), LARGEST)
    whole = np.floor(x * LOG2E + HALF)
    f = x - whole * LN2_HIGH - whole * LN2_LOW
    series = np.float32(1 / 5040)
    series = series * f + np.float32(1 / 720)
    series = series * f + np.float32(1 / 120)
    series = series * f + np.float32(1 / 24)
    series = series * f + np.float32(1 / 6)
    series = series * f + HALF
    series = series * f + ONE
    series = series * f + ONE
    bits = np.int32((np.int32(whole) + 127) << 23)
    return series * bits.view(np.float32)


@compiled("float32(float32)")
def sigmoid(x: Any) -> Any:
    return ONE / (ONE + exponential(-x))


@Inside
def prefetch(values: Any, place: Any) -> None:
    """Tell the processor that it will read this item of an array; `compiling` has what it becomes."""


@Inside
def fetch_at(values: Any, place: Any) -> None:
    """As `fetch`, what lies around one place of an array of one axis."""
    prefetch(values, (place,))


@Inside
def fetch(values: Any, row: Any) -> None:
    """Say that a row of an array is read soon: it comes from memory while something else is computed."""
    for column in range(0, values.shape[1], LINE // values.itemsize):
        prefetch(values, (row, column))
