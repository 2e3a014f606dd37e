"""Read arrays from .npy (memory-mapped) and .npz (block by block). Nothing is ever unpickled.

What a header declares is held against the size of the file before room is made for it. Knows nothing about what
the arrays mean beyond the names `embeddings`, `features`, `x` and `ids`.
"""

from __future__ import annotations

import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from hilander.errors import InputError
from hilander.io.rows import Rows

ARRAY_NAMES = ("embeddings", "features", "x")
MAX_RATIO = 100  # size unpacked over size on disk: embeddings shrink a few times, a bomb 1,000 times
RATIO_FREE_BYTES = 256 << 20  # below this no ratio is a danger
BLOCK_BYTES = 8 << 20
MAX_HEADER = 1 << 20
# What numpy raises on a damaged header (it parses a Python literal), and zipfile on a damaged archive.
BROKEN_NPY = (
    ValueError, EOFError, OSError, SyntaxError, tokenize.TokenError, TypeError, KeyError, OverflowError,
    RecursionError, MemoryError,
)  # fmt: skip
BROKEN_NPZ = (*BROKEN_NPY, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError)


class RawArrays(NamedTuple):
    """What a file holds, not yet checked: vectors, and ids where it names them."""

    x: np.ndarray
    ids: np.ndarray | None


def new_map(path: Path, dtype: type, shape: tuple[int, ...]) -> np.memmap:
    """A memory-mapped .npy file of zeros to be filled, its room on the disk taken at once.

    Without that a full disk would end the process when the map is written; this way it is an OSError here.
    """
    array: np.memmap = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def read_npy(path: Path) -> RawArrays:
    """Memory-map a .npy file."""
    try:
        with path.open("rb") as file:
            _refuse_long_header(file)
        return RawArrays(np.lib.format.open_memmap(path, mode="r"), None)
    except BROKEN_NPY as error:
        if "mmap length" in str(error):
            raise damaged(path, "the file ends before its array does") from error
        if "Python objects" in str(error):
            raise holds_objects(path) from error
        raise damaged(path, str(error)) from error


def _refuse_long_header(file: IO[bytes]) -> None:
    """ValueError unless it begins as a .npy whose header is short: numpy reads one of any length into memory."""
    head = file.read(12)
    if head[:6] != np.lib.format.MAGIC_PREFIX:
        raise ValueError("not a .npy file")
    if head[6:7] > b"\x01" and int.from_bytes(head[8:12], "little") > MAX_HEADER:
        raise ValueError(f"a header of more than {MAX_HEADER:,} bytes")


def load_array(path: Path, *, mmap: bool = True) -> np.ndarray:
    """One .npy of our own, any shape; memory-mapped unless it is empty or `mmap` is off.

    Raises
    ------
    FileNotFoundError, ValueError   it is not there, it is damaged
    """
    try:
        with path.open("rb") as file:
            _refuse_long_header(file)
        mapped = _mapped(path)
        return mapped if mmap else np.array(mapped)
    except FileNotFoundError:
        raise
    except BROKEN_NPY as error:
        raise ValueError(_line(str(error))) from error


def _mapped(path: Path) -> np.ndarray:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except ValueError as error:
        if "empty file" not in str(error):
            raise
        return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]


def read_npz(path: Path) -> RawArrays:
    """Read one 2-d array, and `ids` where there is one, from a .npz file; other arrays stay unread if one is named."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise damaged(path, "it is not a .npz archive")
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(path, sum(info.file_size for info in archive.infolist()))
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            return pick(path, {name: _Member(path, archive, info) for name, info in members.items()})
    except InputError:
        raise
    except BROKEN_NPZ as error:
        if "allow_pickle" in str(error):
            raise holds_objects(path) from error
        raise damaged(path, str(error)) from error


class Lazy(NamedTuple):
    """An array that is known by its shape and not read yet."""

    shape: tuple[int, ...]
    load: Callable[[], np.ndarray]


def pick(path: Path, arrays: Mapping[str, Callable[[], Lazy]]) -> RawArrays:
    """The array with a known name, else the only 2-d one; names in any case. Only what is picked is loaded."""
    by_lower = {name.lower(): name for name in arrays}
    ids = arrays[by_lower["ids"]]().load() if "ids" in by_lower else None
    named = next((by_lower[name] for name in ARRAY_NAMES if name in by_lower), None)
    if named is not None:
        return RawArrays(arrays[named]().load(), ids)
    others = {name: array() for name, array in arrays.items() if name.lower() != "ids"}
    flat = [array for array in others.values() if len(array.shape) == 2]
    if len(flat) == 1:
        return RawArrays(flat[0].load(), ids)
    found = ", ".join(f"{name} {array.shape}" for name, array in list(others.items())[:8]) or "none"
    raise InputError(
        f"{path.name} must hold an array called {', '.join(ARRAY_NAMES)}, or exactly one 2-d array; "
        f"got {found}. Rename the one that holds the embeddings."
    )


class _Member:
    """One array of a .npz: its header when it is called, its values when they are loaded."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._path, self._archive, self._info = path, archive, info

    def __call__(self) -> Lazy:
        if self._info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged(self._path, f"{self._info.filename} is packed in a way that numpy does not use")
        with self._archive.open(self._info) as file:
            _refuse_long_header(file)
        with self._archive.open(self._info) as file:
            shape, _, _ = self._header(file)
        return Lazy(shape, self._values)

    def _header(self, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
        """Shape, order and type; ValueError where they do not make up the size of the member."""
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"version {version} of the format")
        shape, fortran, dtype = read[version](file)
        if dtype.hasobject:
            raise holds_objects(self._path)
        declared = math.prod(shape) * dtype.itemsize
        if any(length < 0 for length in shape) or declared != self._info.file_size - file.tell():
            raise ValueError(
                f"{self._info.filename} declares {shape} of {dtype}: {declared:,} bytes that it has not"
            )
        return shape, fortran, dtype

    def _values(self) -> np.ndarray:
        with self._archive.open(self._info) as file:
            shape, fortran, dtype = self._header(file)
            rows = Rows(1, dtype, self._path.name)
            size = max(1, BLOCK_BYTES // max(1, dtype.itemsize)) * dtype.itemsize
            while block := file.read(size) if dtype.itemsize else b"":
                rows.add(np.frombuffer(block, dtype).reshape(-1, 1))
        return rows.array().reshape(shape, order="F" if fortran else "C")


def refuse_bomb(path: Path, unpacked: int) -> None:
    """InputError when a file declares far more bytes than it can hold of embeddings; call before reading."""
    on_disk = path.stat().st_size
    if unpacked > max(RATIO_FREE_BYTES, MAX_RATIO * on_disk):
        raise InputError(
            f"{path.name} must hold embeddings; its {on_disk:,} bytes unpack to {unpacked:,}, as in a zip bomb. "
            "If that is right, save them as .npy."
        )


def holds_objects(path: Path) -> InputError:
    return InputError(
        f"{path.name} must hold plain arrays; got Python objects, which are never loaded: "
        "they can run code. Save numbers as float32 and ids as strings: np.array(values, dtype=...)."
    )


def damaged(path: Path, reason: str) -> InputError:
    """The one message for a file that does not follow its format."""
    return InputError(
        f"{path.name} must be a complete {path.suffix.lower()} file; its {path.stat().st_size:,} bytes "
        f"could not be read ({_line(reason)}). Copy or save it again."
    )


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")[:300] or "no reason given"
