"""Read arrays from .safetensors and .pt, memory-mapped. Of a .pt nothing but tensors is read, by torch's weights_only.

What a header declares is held against the size of the file before anything is made of it.
"""

from __future__ import annotations

import json
import math
import pickle
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import Lazy, RawArrays, damaged, pick
from hilander.io.opcodes import check_declared
from hilander.io.rows import Rows

MAX_HEADER = 10 << 20  # bytes of JSON, which may take twenty times as many once it is read
OLD_PICKLES = 5  # of torch before 1.6: a number, a version, the machine, the tensors, their keys
TENSOR_GLOBALS = re.compile(
    r"collections OrderedDict|torch Size|torch \w+Storage|torch\.storage (Unt|T)ypedStorage"
    r"|torch (b?float|int|uint|bool|complex)\w*|torch\._utils _rebuild_(tensor(_v[23])?|parameter)"
)
# safetensors' name of a type: numpy's, and by how much its bits are shifted to be that type
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
BFLOAT = "BF16"
BLOCK_VALUES = 1 << 20


def read_safetensors(path: Path) -> RawArrays:
    """Read one 2-d tensor, and `ids` (whole numbers) where there is one, from a .safetensors file."""
    try:
        header, start = _header(path)
        found = {name: partial(_lazy, path, name, entry, start) for name, entry in header.items()}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError) as error:
        raise damaged(path, str(error)) from error
    return pick(path, found)


def every_tensor(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a .safetensors file by name, memory-mapped; those of bfloat16 as float32.

    Raises
    ------
    InputError   a damaged file, or values that are no numbers
    """
    try:
        header, start = _header(path)
        return {name: _lazy(path, name, entry, start).load() for name, entry in header.items()}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError) as error:
        raise damaged(path, str(error)) from error


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """What the file says of its tensors, and where their values begin."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if len(head) < 8:
            raise ValueError("it ends inside its header")
        (length,) = struct.unpack("<Q", head)
        if length > min(size - 8, MAX_HEADER):
            raise ValueError(f"its header of {length:,} bytes does not fit into the file")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header names no tensors")
    header.pop("__metadata__", None)
    ends = [entry["data_offsets"][1] for entry in header.values()]
    if max(ends, default=0) != size - 8 - length:
        raise ValueError("the values of its tensors do not fill the file")
    return header, 8 + length


def _lazy(path: Path, name: str, entry: Any, start: int) -> Lazy:
    try:
        shape, kind, (begin, end) = tuple(entry["shape"]), entry["dtype"], entry["data_offsets"]
        if not all(isinstance(it, int) and it >= 0 for it in (*shape, begin, end)):
            raise ValueError(f"{name} has no sizes")
        if kind != BFLOAT and kind not in TYPES:
            raise InputError(
                f"{path.name}: {name} must hold float, int or bool; got {kind}. Save it as float32."
            )
        dtype = np.dtype("<u2" if kind == BFLOAT else TYPES[kind])
        if math.prod(shape) * dtype.itemsize != end - begin or len(shape) > 8:
            raise ValueError(f"{name} declares {shape} of {kind} in {end - begin:,} bytes")
    except InputError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(path, str(error)) from error
    return Lazy(shape, partial(_mapped, path, dtype, start + begin, shape, kind == BFLOAT))


def _mapped(path: Path, dtype: np.dtype[Any], start: int, shape: tuple[int, ...], bfloat: bool) -> np.ndarray:
    if 0 in shape:
        return np.empty(shape, dtype)
    mapped = np.memmap(path, dtype, "r", offset=start, shape=shape)
    return _from_bfloat(mapped, path) if bfloat else mapped


def _from_bfloat(bits: np.ndarray, path: Path) -> np.ndarray:
    """float32 of the upper halves of its bits, exactly."""
    flat, rows = bits.reshape(-1), Rows(1, np.dtype("<f4"), path.name)
    for i in range(0, flat.size, BLOCK_VALUES):
        rows.add((flat[i : i + BLOCK_VALUES].astype("<u4") << 16).view("<f4").reshape(-1, 1))
    return rows.array().reshape(bits.shape)


def read_torch(path: Path) -> RawArrays:
    """Read one 2-d tensor, and `ids` (whole numbers) where there is one: a tensor, or a dict, list or tuple of some.

    Raises
    ------
    InputError   other objects in it (they are never loaded), a file of torch before 1.6, a damaged one
    """
    import torch

    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("not a file of torch 1.6 or later")
        check_torch_file(path)
        value = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        found = dict(_tensors(value))
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path.name} must hold tensors alone; got other objects, which are never loaded: they can run code "
            f"({_first_line(error)}). Save the tensor itself: torch.save(embeddings, ...)."
        ) from error
    except (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, EOFError, struct.error,
            zipfile.BadZipFile, NotImplementedError, OverflowError, RecursionError, MemoryError, AssertionError,
            ) as error:  # fmt: skip
        raise damaged(path, _first_line(error)) from error
    return pick(path, {name: _tensor(path, tensor) for name, tensor in found.items()})


def check_torch_file(path: Path) -> None:
    """Refuse a file of torch.save that names anything but what tensors are made of, or is packed like a bomb.

    torch's weights_only also makes bytearrays of any length.

    Raises
    ------
    pickle.UnpicklingError   a global that is not on the list
    ValueError, OSError, zipfile.BadZipFile, struct.error   not such a file, or a damaged one
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            for _ in range(OLD_PICKLES):
                check_declared(file, path.stat().st_size, TENSOR_GLOBALS)
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                raise ValueError(f"{info.filename[:80]} is packed, as torch never does it")
            if info.filename.endswith(".pkl"):
                with archive.open(info) as file:
                    check_declared(file, info.file_size, TENSOR_GLOBALS)  # type: ignore[arg-type]


def _tensors(value: Any) -> Iterator[tuple[str, Any]]:
    import torch

    if isinstance(value, torch.Tensor):
        yield "tensor", value
    elif isinstance(value, dict):
        yield from ((str(name), it) for name, it in value.items() if isinstance(it, torch.Tensor))
    elif isinstance(value, list | tuple):
        yield from ((str(i), it) for i, it in enumerate(value) if isinstance(it, torch.Tensor))
    else:
        raise ValueError(f"it holds {type(value).__name__}")


def _tensor(path: Path, tensor: Any) -> Callable[[], Lazy]:
    import torch

    def load() -> np.ndarray:
        if tensor.nbytes > tensor.untyped_storage().nbytes():
            raise damaged(path, "a tensor claims more values than the file has")
        plain = tensor.detach()
        if plain.is_floating_point() and plain.element_size() <= 2 and plain.dtype != torch.float16:
            return _widened(plain, path)
        array: np.ndarray = plain.resolve_conj().resolve_neg().numpy()
        return array

    return lambda: Lazy(tuple(tensor.shape), load)


def _widened(tensor: Any, path: Path) -> np.ndarray:
    """Numpy has no bfloat16 or float8; both fit float32 exactly."""
    flat, rows = tensor.reshape(-1), Rows(1, np.dtype("<f4"), path.name)
    for i in range(0, flat.numel(), BLOCK_VALUES):
        rows.add(flat[i : i + BLOCK_VALUES].float().numpy().reshape(-1, 1))
    return rows.array().reshape(tuple(tensor.shape))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
