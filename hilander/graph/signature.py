"""The types of a compiled loop's arguments: what is written, and what is handed over for them in C.

    "int64(float32[:,::1], int64)"  ->  Signature  ->  the C types of a call, and a call's values

numba's code takes an array as seven values or more: who holds its memory (nobody whom it must count), how many items,
of how many bytes, where they are, then sizes and steps of its axes. `compiling` looks whether that is so.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMBERS: dict[str, Any] = {
    "float32": ctypes.c_float,
    "int64": ctypes.c_int64,
}
ITEMS = {
    "float32": np.dtype(np.float32),
    "float64": np.dtype(np.float64),
    "int64": np.dtype(np.int64),
    "int32": np.dtype(np.int32),
    "boolean": np.dtype(np.bool_),
}
BYTE: Any = ctypes.c_char
ONE = re.compile(r"(\w+)(?:\[([:,]*)::1\])?")


@dataclass(frozen=True)
class Kind:
    """A number (`axes` 0), or an array of so many axes in one piece."""

    name: str
    axes: int

    @property
    def in_c(self) -> list[Any]:
        if self.axes == 0:
            return [NUMBERS[self.name]]
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        return [pointer, pointer, number, number, pointer, *[number] * (2 * self.axes)]

    def handed(self, value: Any) -> tuple[Any, ...]:
        """The values in C of one argument."""
        if self.axes == 0:
            return (value,)
        if not self._is(value):
            raise TypeError(
                f"expected an array in one piece of {self.axes} axes, {self.name}; got {_told(value)}."
            )
        return (None, None, value.size, value.itemsize, _place(value), *value.shape, *value.strides)

    def _is(self, value: Any) -> bool:
        alike = isinstance(value, np.ndarray) and value.dtype == ITEMS[self.name] and value.ndim == self.axes
        return alike and value.flags.c_contiguous and value.flags.aligned


@dataclass(frozen=True)
class Signature:
    """`text` as written; `back`, what is returned: "void" or the name of a number."""

    text: str
    back: str
    takes: tuple[Kind, ...]

    @classmethod
    def of(cls, text: str) -> Signature:
        """
        Raises
        ------
        ValueError   types that are not known here
        """
        back, _, arguments = text.removesuffix(")").partition("(")
        takes = tuple(_kinds(arguments))
        known = all(one.name in (ITEMS if one.axes else NUMBERS) for one in takes)
        if not known or back not in {"void", *NUMBERS}:
            raise ValueError(f"expected {', '.join(ITEMS)} and arrays of them; got {text}")
        return cls(text, back, takes)

    @property
    def in_c(self) -> list[Any]:
        """Of the arguments, after the two that numba puts first: where the result goes, and where a failure."""
        return [one for kind in self.takes for one in kind.in_c]

    def handed(self, arguments: tuple[Any, ...]) -> list[Any]:
        """The values in C of a call's arguments."""
        if len(arguments) != len(self.takes):
            raise TypeError(f"expected {len(self.takes)} arguments; got {len(arguments)}.")
        values: list[Any] = []
        for kind, value in zip(self.takes, arguments, strict=True):
            values += kind.handed(value)
        return values


def _kinds(arguments: str) -> Iterator[Kind]:
    for found in ONE.finditer(arguments):
        before = found[2]
        yield Kind(found[1], 0 if before is None else before.count(":") + 1)


def _place(value: NDArray[Any]) -> int:
    """Where an array's items begin."""
    try:
        return ctypes.addressof(BYTE.from_buffer(value))  # a third of the time, of those who write
    except (TypeError, ValueError):  # that cannot be written to, or that is empty
        return value.ctypes.data


def _told(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    return f"{value.ndim} axes, {value.dtype}" + ("" if value.flags.c_contiguous else ", in pieces")
