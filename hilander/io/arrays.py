"""Read arrays from .npy (memory-mapped), .npz and .safetensors. Nothing is ever unpickled.

Knows nothing about what the arrays mean beyond the names `embeddings`, `features`, `x` and `ids`.
"""

from __future__ import annotations

import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from hilander.errors import InputError

ARRAY_NAMES = ("embeddings", "features", "x")
MAX_RATIO = 100  # size unpacked over size on disk: embeddings shrink a few times, a bomb 1,000 times
RATIO_FREE_BYTES = 256 << 20  # below this no ratio is a danger
# What numpy raises on a damaged header (it parses a Python literal), and zipfile on a damaged archive.
BROKEN_NPY = (ValueError, EOFError, OSError, SyntaxError, tokenize.TokenError)
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
        return RawArrays(np.lib.format.open_memmap(path, mode="r"), None)
    except BROKEN_NPY as error:
        if "mmap length" in str(error):
            raise damaged(path, "the file ends before its array does") from error
        if "Python objects" in str(error):
            raise holds_objects(path) from error
        raise damaged(path, str(error)) from error


def read_npz(path: Path) -> RawArrays:
    """Read one 2-d array, and `ids` where there is one, from a .npz file; other arrays stay unread if one is named."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise damaged(path, "it is not a .npz archive")
    try:
        with np.load(path, allow_pickle=False) as archive:
            refuse_bomb(path, sum(info.file_size for info in archive.zip.infolist()))
            return _pick(path, archive.files, archive.__getitem__)
    except InputError:
        raise
    except BROKEN_NPZ as error:
        if "allow_pickle" in str(error):
            raise holds_objects(path) from error
        raise damaged(path, str(error)) from error


def read_safetensors(path: Path) -> RawArrays:
    """Read one 2-d tensor, and `ids` (whole numbers) where there is one, from a .safetensors file."""
    try:
        with safe_open(path, framework="pt") as archive:
            return _pick(path, list(archive.keys()), lambda name: _to_numpy(archive.get_tensor(name)))
    except (SafetensorError, OSError) as error:
        raise damaged(path, str(error)) from error


def _to_numpy(tensor: Any) -> np.ndarray:
    """Widen half and smaller floats: numpy has no bfloat16 or float8; both fit float32 exactly."""
    wide = tensor.float() if tensor.is_floating_point() and tensor.element_size() <= 2 else tensor
    array: np.ndarray = wide.numpy()
    return array


def _pick(path: Path, names: Sequence[str], load: Callable[[str], np.ndarray]) -> RawArrays:
    """The array with a known name, else the only 2-d one; names in any case."""
    by_lower = {name.lower(): name for name in names}
    ids = load(by_lower["ids"]) if "ids" in by_lower else None
    named = next((by_lower[name] for name in ARRAY_NAMES if name in by_lower), None)
    if named is not None:
        return RawArrays(load(named), ids)
    others = {name: load(name) for name in names if name.lower() != "ids"}
    flat = [array for array in others.values() if array.ndim == 2]
    if len(flat) == 1:
        return RawArrays(flat[0], ids)
    found = ", ".join(f"{name} {array.shape}" for name, array in others.items()) or "none"
    raise InputError(
        f"{path.name} must hold an array called {', '.join(ARRAY_NAMES)}, or exactly one 2-d array; "
        f"got {found}. Rename the one that holds the embeddings."
    )


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
