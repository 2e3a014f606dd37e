"""Loops over numpy arrays, compiled for this processor by numba: one pass over memory in place of one an operation.

They hold no lock of the interpreter, so threads run them side by side. Importing this takes half a second, and
compiling a few more the first time ever: import it where many images are to be worked on (`loops.wanted`) alone.
What is compiled is kept on disk (`folder`). Knows nothing about what is computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils, config
from numba.extending import intrinsic

Loop = Callable[..., Any]
HERE = Path(__file__)
ARRAYS: Any = cgutils  # which has no types, nor has the next
NUMBA: Any = config

# sums in any order, and no thought of what is not a finite number: no loop here meets one
MATH = {"reassoc", "contract", "arcp", "nsz", "nnan", "ninf"}

LINE = 16  # values of four bytes that come from memory at once
NEAR = 2  # of 3: into the second of the caches

LOG2E = np.float32(1.4426950408889634)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.1219444e-4)  # add up to log 2; the first is exact
SMALLEST, LARGEST = np.float32(-87.0), np.float32(88.0)  # exponents between which e**x is an ordinary float32
ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


def compiled(*signatures: str) -> Callable[[Loop], Loop]:
    """Compile a function for arguments of these types, now, or read it from the disk."""

    def made(function: Loop) -> Loop:
        options: dict[str, Any] = {"fastmath": MATH, "nogil": True, "error_model": "numpy"}
        named = NUMBA.CACHE_DIR
        try:
            NUMBA.CACHE_DIR = folder()
            loop: Loop = njit(list(signatures), cache=bool(NUMBA.CACHE_DIR), **options)(function)
        except Exception:  # noqa: BLE001 - a full disk, a damaged file: compiled every time
            loop = njit(list(signatures), **options)(function)
        finally:
            NUMBA.CACHE_DIR = named
        return loop

    return made


@cache
def folder() -> str:
    """Where what is compiled is kept: in the folder that the user has named to numba, or else beside this module, or
    in the user's cache; "" where none can be written to.

    numba tells by a loop's own file whether what it has kept is still right. What loops take from here is in it too,
    so there is a folder for each text of this file.
    """
    text = hashlib.sha256(HERE.read_bytes()).hexdigest()[:16]
    bases: list[Any] = (
        [NUMBA.CACHE_DIR] if NUMBA.CACHE_DIR else [HERE.parent / "__pycache__", "~/.cache/hilander"]
    )
    for base in bases:
        with suppress(OSError, RuntimeError):  # the second: no home
            found = Path(base).expanduser() / f"loops-{text}"
            found.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=found).close()
            return str(found)
    return ""


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


def _telling(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Tells the processor that it will read an item of an array that lies in one piece."""
    values, *place = arguments
    byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    held = context.make_array(signature.args[0])(context, builder, values)
    sizes, steps = (ARRAYS.unpack_tuple(builder, one) for one in (held.shape, held.strides))
    at = ARRAYS.get_item_pointer2(context, builder, held.data, sizes, steps, "C", place, boundscheck=False)
    told = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
    tell = ARRAYS.get_or_insert_function(builder.module, told, "llvm.prefetch.p0")
    builder.call(tell, [builder.bitcast(at, byte), number(0), number(NEAR), number(1)])
    return context.get_dummy_value()


def _of_item(_typing: Any, array: Any, _place: Any) -> Any:
    return types.void(array, types.int64), _telling


def _of_row(_typing: Any, array: Any, _row: Any, _column: Any) -> Any:
    return types.void(array, types.int64, types.int64), _telling


fetch_at: Loop = intrinsic(_of_item)  # what lies around one place of an array of one axis: as `fetch`
_fetch_in: Loop = intrinsic(_of_row)


@compiled("void(float32[:,::1], int64)", "void(int32[:,::1], int64)")
def fetch(values: Any, row: Any) -> None:
    """Say that a row of values of four bytes is read soon: it comes from memory while something else is computed."""
    for column in range(0, values.shape[1], LINE):
        _fetch_in(values, row, column)
