"""Compiled loops as machine code: kept on disk, read in some milliseconds, called as functions of numpy arrays.

    a loop, its signature  ->  the file of its code, made by `compiling` where there is none  ->  a function

A file is named after everything that its code depends on: the sources of the loop and of all that it calls, the
constants that they name, what loops are made of, the versions of numba and llvmlite, and this processor. It is
written under a temporary name and begins with a hash of the rest, so nothing is ever stale or half there.
Knows nothing about what is computed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

import numpy as np
from llvmlite import binding

from hilander.config import LOOPS_VARIABLE
from hilander.graph.signature import NUMBERS, Signature

HERE = Path(__file__)
MADE_OF = ("compiled.py", "compiling.py", "machine_code.py", "signature.py")
BINDING: Any = binding  # which has no types
HASH = 32  # bytes

_lock = Lock()


def native(function: Callable[..., Any], signature: Signature) -> Callable[..., Any]:
    """The function as machine code; compiled if it never was, with these sources, on such a machine."""
    name = f"{function.__module__}.{function.__qualname__}"
    with _lock:
        return _callable(_address(name, _code(name, function, signature)), signature)


def _code(name: str, function: Callable[..., Any], signature: Signature) -> bytes:
    file = _file(name, function)
    kept = file and _read(file)
    if kept:
        return kept
    from hilander.graph.compiling import machine_code  # half a second: numba

    code = machine_code(name, function, signature, target())
    if file:
        _write(file, code)
    return code


def _file(name: str, function: Callable[..., Any]) -> Path | None:
    """Where the code is or belongs; None where nothing can be kept."""
    base = folder()
    if base is None:
        return None
    files: set[Path] = set()
    constants: set[bytes] = set()
    _made_from(function, files, constants)
    try:
        texts = [file.read_bytes() for file in sorted(files)]
    except OSError:
        return None
    whole = b"\0".join([_machine(), *texts, *sorted(constants)])
    return base / f"{name}-{hashlib.sha256(whole).hexdigest()[:16]}.o"


def _made_from(function: Any, files: set[Path], constants: set[bytes]) -> None:
    """Add the files of the function and of all of ours that it calls, and the numbers that they name."""
    files.add(Path(function.__code__.co_filename))
    for name in function.__code__.co_names:
        held = function.__globals__.get(name)
        called = getattr(held, "function", None)
        if called is not None:
            _made_from(called, files, constants)
        elif isinstance(held, (int, float, np.generic)):
            constants.add(f"{name} = {type(held).__name__} {held!r}".encode())


@cache
def _machine() -> bytes:
    """All that loops' code depends on but their own sources."""
    facts = [version("numba"), version("llvmlite"), BINDING.get_host_cpu_name()]
    facts += [str(sorted(BINDING.get_host_cpu_features().items()))]
    texts = [(HERE.parent / one).read_bytes() for one in MADE_OF]
    return hashlib.sha256("\0".join(facts).encode() + b"\0".join(texts)).digest()


@cache
def folder() -> Path | None:
    """Where code is kept: in the folder that the user has named, or else beside this module, or in the user's cache;
    None where none can be written to.
    """
    named = os.environ.get(LOOPS_VARIABLE)
    bases = [named] if named else [str(HERE.parent / "__pycache__"), "~/.cache/hilander"]
    for base in bases:
        with suppress(OSError, RuntimeError):  # the second: no home
            found = Path(base).expanduser()
            found.mkdir(parents=True, exist_ok=True)
            NamedTemporaryFile(dir=found).close()
            return found
    return None


def _read(file: Path) -> bytes | None:
    try:
        whole = file.read_bytes()
    except OSError:
        return None
    told, code = whole[:HASH], whole[HASH:]
    return code if hashlib.sha256(code).digest() == told else None


def _write(file: Path, code: bytes) -> None:
    """Nothing is kept where the disk is full: it is compiled the next time again."""
    partial = file.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):
        try:
            partial.write_bytes(hashlib.sha256(code).digest() + code)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)


@cache
def target() -> Any:
    """The processor that this runs on, as llvmlite makes code for it."""
    BINDING.initialize_native_target()
    BINDING.initialize_native_asmprinter()
    host = {
        "cpu": BINDING.get_host_cpu_name(),
        "features": BINDING.get_host_cpu_features().flatten(),
    }
    return BINDING.Target.from_default_triple().create_target_machine(
        **host, opt=3, jit=True, codemodel="jitdefault"
    )


@cache
def _engine() -> Any:
    return BINDING.create_mcjit_compiler(BINDING.parse_assembly(""), target())


def _address(name: str, code: bytes) -> int:
    engine = _engine()
    engine.add_object_file(BINDING.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address: int = engine.get_function_address(name)
    return address


def _callable(address: int, signature: Signature) -> Callable[..., Any]:
    pointer = ctypes.c_void_p
    function = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, *signature.in_c)(address)
    back = NUMBERS.get(signature.back, ctypes.c_int64)
    as_numpy = np.float32 if signature.back == "float32" else int

    def call(*arguments: Any) -> Any:
        result, failure = back(), pointer()
        status = function(ctypes.addressof(result), ctypes.addressof(failure), *signature.handed(arguments))
        if status:
            raise RuntimeError(f"a compiled loop ended with {status}.")
        return None if signature.back == "void" else as_numpy(result.value)

    return call
