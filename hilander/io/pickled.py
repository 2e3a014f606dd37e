"""Read numpy arrays from a pickle without unpickling anything else.

The published Hi-LANDER data sets are pickles of `[features, labels]`. This reader accepts numpy arrays and
scalars of plain numbers or strings in lists and tuples. Every global that a pickle names is looked up in a
table of stand-ins of our own, so that no code of the file's choosing runs, nor numpy's own `__setstate__`
(it trusts its input). Any other global is refused by name.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import RawArrays, damaged, holds_objects
from hilander.io.opcodes import check_declared

DTYPE = re.compile(r"[<>|=]?[biufUS]\d{0,6}")
BROKEN = (
    pickle.UnpicklingError, OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, MemoryError, RecursionError, struct.error, ImportError, AssertionError,
)  # fmt: skip


def read_pickle(path: Path) -> RawArrays:
    """The first 2-d array of numbers in the pickle; ids are never taken from one.

    Raises
    ------
    InputError   a global outside the table (named), an object array, no 2-d array, a damaged file
    """
    try:
        with path.open("rb") as file:
            check_declared(file, path.stat().st_size)
            file.seek(0)
            value = _Reader(file, path.name).load()
            arrays = list(_arrays(value, path.name))
    except InputError:
        raise
    except _ObjectsError as error:
        raise holds_objects(path) from error
    except BROKEN as error:
        raise damaged(path, str(error)) from error
    flat = [array for array in arrays if array.ndim == 2 and array.dtype.kind in "fiub"]
    if not flat:
        shapes = ", ".join(f"{array.shape} {array.dtype}" for array in arrays) or "none"
        raise InputError(
            f"{path.name} must hold a 2-d numpy array of numbers, as in [features, labels]; got: {shapes}."
        )
    return RawArrays(flat[0], None)


class _ObjectsError(pickle.UnpicklingError):
    """An array of something other than numbers or strings."""


class _Dtype:
    """Stand-in for numpy.dtype: a type text, and a byte order set by the state."""

    __slots__ = ("text",)

    def __init__(self, text: str, *_flags: object) -> None:
        if not isinstance(text, str) or not DTYPE.fullmatch(text):
            raise _ObjectsError(f"dtype {text!r}")
        self.text = text

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] in ("<", ">"):
            self.text = state[1] + self.text.lstrip("<>|=")

    def real(self) -> np.dtype[Any]:
        return np.dtype(self.text)


class _Array:
    """Stand-in for an array under reconstruction: filled by its state, or from a buffer (protocol 5)."""

    __slots__ = ("value",)

    def __init__(self, value: np.ndarray | None = None) -> None:
        self.value = value

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *_version, shape, dtype, fortran, data = state
        self.value = _from_bytes(data, dtype, shape, "F" if fortran else "C")


class _Global:
    """A callable that a pickle may call and can neither inspect nor change."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *args: Any) -> Any:
        return self._call(*args)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a pickle may not change what it calls")


def _from_bytes(
    data: bytes | bytearray | str, dtype: _Dtype, shape: tuple[int, ...], order: Any
) -> np.ndarray:
    if isinstance(data, str):  # written by Python 2
        data = data.encode("latin1")
    if not isinstance(data, bytes | bytearray) or not isinstance(dtype, _Dtype):
        raise pickle.UnpicklingError("an array without plain data")
    return np.frombuffer(data, dtype=dtype.real()).reshape(shape, order=order)


def _buffer_array(data: bytes, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    return _Array(_from_bytes(data, dtype, shape, order))


def _scalar(dtype: _Dtype, data: bytes | str) -> Any:
    return _from_bytes(data, dtype, (1,), "C")[0]


def _latin1(text: str, encoding: str) -> bytes:
    """Protocols 0 to 2 write bytes as text to encode."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes encoded as {encoding!r}")
    return text.encode("latin1")


def _new_array(*_arguments: object) -> _Array:
    return _Array()


def _no_ndarray(*_arguments: object) -> None:
    raise pickle.UnpicklingError("an array made by a call of ndarray")


def _table() -> dict[tuple[str, str], Callable[..., Any]]:
    table: dict[tuple[str, str], Callable[..., Any]] = {
        ("numpy", "ndarray"): _no_ndarray,
        ("numpy", "dtype"): _Dtype,
        ("_codecs", "encode"): _latin1,
    }
    for core in ("numpy.core", "numpy._core"):
        table[(f"{core}.multiarray", "_reconstruct")] = _new_array
        table[(f"{core}.multiarray", "scalar")] = _scalar
        table[(f"{core}.numeric", "_frombuffer")] = _buffer_array
    return table


class _Reader(pickle.Unpickler):
    def __init__(self, file: Any, name: str) -> None:
        super().__init__(file, encoding="latin1")
        self._name = name
        self._table = _table()

    def find_class(self, module: str, name: str) -> Any:
        call = self._table.get((module, name))
        if call is None:
            raise InputError(
                f"{self._name} must hold numpy arrays in lists and tuples only; it names {module}.{name}, "
                "which could run code, so nothing was loaded. Save the embeddings as .npy instead."
            )
        return _Global(call)


def _arrays(value: Any, name: str) -> Iterator[np.ndarray]:
    """The arrays in nested lists and tuples, in order; numbers and strings between them are passed over."""
    return _walk(value, name, 0, set())


def _walk(value: Any, name: str, depth: int, seen: set[int]) -> Iterator[np.ndarray]:
    if isinstance(value, _Array):
        if value.value is None:
            raise pickle.UnpicklingError("an array without data")
        yield value.value
    elif isinstance(value, list | tuple) and depth < 4:
        if id(value) in seen:
            return  # a small file can name one list a billion times
        seen.add(id(value))
        if len(value) > 100 and not any(isinstance(item, list | tuple | _Array) for item in value[:100]):
            return  # a list of labels
        for item in value:
            yield from _walk(item, name, depth + 1, seen)
    elif not isinstance(value, int | float | str | bytes | np.generic | type(None)):
        raise InputError(
            f"{name} must hold numpy arrays in lists and tuples only; got {type(value).__name__.strip('_')}. "
            "Save the embeddings as .npy instead."
        )
