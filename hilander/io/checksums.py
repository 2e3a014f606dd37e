"""Checksums of a folder's files, kept beside them, so that a byte that changed is told and never shown.

    checksums.json   {"format": 2, "block": 262144, "crc32": "5e6f7a8b",
                      "files": {"embeddings.npy": {"bytes": 512, "crc32": "0a1b2c3d"}}}

`crc32` holds eight hexadecimal digits for each block of 256 KiB of a file, and for all that is said of the files (which
format 1 did not have). A change within 32 neighbouring bits is always
found, any other with a chance of one less a 4,000,000,000th. They guard against disks, copies and accidents, not
against somebody who means harm.

What is promised on opening, `verify`: every size; every byte of up to 1 GiB of a folder (0.4 s), once a process and
version of the file; of what is beyond that a sample at once and the rest from a thread, whose finding `raise_found`
tells, as it tells of a file that was changed or replaced since. Files named `later` are checked block by block where
they are read, by `Blocks`. Files that came into the folder after its checksums are not looked at, and a folder without
checksums (made before there were any) is taken as it is. Knows nothing about what is in the files.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import read_json, write_json

FILE, FORMAT, WITHOUT_OWN = "checksums.json", 2, 1
BLOCK = (
    1 << 18
)  # bytes: a thumbnail costs a hundredth of a millisecond to check, ten gigabytes need 40,000 sums
AT_ONCE = 1 << 30  # bytes of a folder that are checked before it is opened
SAMPLE = 16  # blocks of a larger file that are checked at once, spread evenly
Version = tuple[str, int, int, int]


@dataclass(frozen=True)
class Sums:
    """What one file was when it was written: its length in bytes, and a CRC-32 for each block, uint32."""

    size: int
    crc32: np.ndarray


def write_checksums(folder: Path, *, without: Collection[str] = ()) -> None:
    """Write the checksums of the files that are in `folder` now, its subfolders and files `without` left out."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    sums = {path.name: _entry(path) for path in files if path.name not in {FILE, *without}}
    write_json({"format": FORMAT, "block": BLOCK, "crc32": _own(sums), "files": sums}, folder / FILE)


def read_checksums(folder: Path) -> dict[str, Sums] | None:
    """The checksums by file name; None in a folder without any. InputError when they cannot be read themselves."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return _parsed(read_json(path))
    except (LookupError, TypeError, ValueError, AttributeError, InputError) as error:
        raise InputError(
            f"{path} is damaged, so that nothing says whether the files beside it are whole. Restore the folder from "
            "a backup; or, if you know that they are, remove this file and run `hilander doctor --repair`."
        ) from error


def faults(folder: Path) -> list[str]:
    """Every byte checked: what is wrong with each damaged or missing file, in words; empty when all is well."""
    try:
        known = read_checksums(folder) or {}
    except InputError as error:
        return [str(error)]
    found = ((folder / name, _fault(folder / name, sums)) for name, sums in known.items())
    return [f"{path} {fault}." for path, fault in found if fault]


def verify(folder: Path, advice: str, *, later: Collection[str] = ()) -> None:
    """Check a folder before it is read, as far as the head of this module promises.

    Raises
    ------
    InputError   a file is missing or is not what was written: which, and `advice` on what to do
    """
    known = read_checksums(folder) or {}
    paths = (folder / FILE, *(folder / name for name in known))
    versions = _versions(paths)
    left, rest = AT_ONCE, []
    for name, sums in known.items():
        path = folder / name
        whole = sums.size <= left and name not in later
        if not whole and name not in later:
            rest.append((path, sums))
        left -= sums.size if whole else 0
        blocks = None if whole else np.empty(0, int) if name in later else _sample(sums)
        if fault := _fault_once(path, sums, blocks):
            raise damaged(path, fault, advice)
    _verified[folder] = Verified(paths, versions, advice, frozenset(later))
    _check_apart(folder, [(path, sums) for path, sums in rest if _version(path) not in _sound], advice)


def raise_found(folder: Path) -> bool:
    """Tell what became of a folder's files since `verify`; costs a look at their sizes and times.

    Returns
    -------
    whether some were replaced, by whole ones: what was opened before should be opened again

    Raises
    ------
    InputError   a thread that `verify` started found damage, or a file was changed and is not what was written
    """
    found = _found.get(folder)
    if found is not None and _version(found[0]) == found[1]:
        raise InputError(found[2])
    before = _verified.get(folder)
    if before is None or before.versions == _versions(before.paths):
        return False
    verify(folder, before.advice, later=before.later)
    return True


@dataclass(frozen=True)
class Verified:
    """What `verify` looked at, and what it was asked."""

    paths: tuple[Path, ...]
    versions: tuple[Version | None, ...]
    advice: str
    later: frozenset[str]


class Blocks:
    """The blocks of one open file, each checked when something in it is read for the first time."""

    def __init__(self, path: Path, sums: Sums | None, advice: str) -> None:
        self._path, self._sums, self._advice = path, sums, advice
        self._checked = np.zeros(0 if sums is None else len(sums.crc32), dtype=bool)

    def check(self, file: int, start: int, stop: int) -> None:
        """InputError unless bytes start to stop of the file (a descriptor) are those that were written."""
        if self._sums is None or stop <= start:
            return
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            if not self._checked[block]:
                if zlib.crc32(os.pread(file, BLOCK, block * BLOCK)) != self._sums.crc32[block]:
                    raise damaged(
                        self._path, f"differs from what was written in block {block:,}", self._advice
                    )
                self._checked[block] = True


def damaged(path: Path, fault: str, advice: str) -> InputError:
    return InputError(f"{path} is damaged: it {fault}. {advice}")


_sound: set[Version] = set()
_verified: dict[Path, Verified] = {}
_found: dict[Path, tuple[Path, Version | None, str]] = {}


def _entry(path: Path) -> dict[str, Any]:
    sums = np.array([zlib.crc32(block) for block in _blocks(path)], dtype=">u4")
    return {"bytes": path.stat().st_size, "crc32": sums.tobytes().hex()}


def _parsed(content: Any) -> dict[str, Sums]:
    if content["format"] not in (FORMAT, WITHOUT_OWN) or content["block"] != BLOCK:
        raise ValueError("another format")
    if content["format"] == FORMAT and content["crc32"] != _own(content["files"]):
        raise ValueError("what it says of the files has changed")
    found = {}
    for name, entry in content["files"].items():
        sums = np.frombuffer(bytes.fromhex(entry["crc32"]), dtype=">u4").astype(np.uint32)
        if Path(name).name != name or len(sums) != -(-entry["bytes"] // BLOCK):
            raise ValueError(f"{name} has {len(sums)} sums")
        found[name] = Sums(entry["bytes"], sums)
    return found


def _own(files: dict[str, Any]) -> str:
    """The checksum of the checksums."""
    return f"{zlib.crc32(json.dumps(files, sort_keys=True).encode()):08x}"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            yield block


def _sample(sums: Sums) -> np.ndarray:
    return np.unique(np.linspace(0, len(sums.crc32) - 1, SAMPLE).astype(int))


def _version(path: Path) -> Version | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino


def _versions(paths: Collection[Path]) -> tuple[Version | None, ...]:
    return tuple(map(_version, paths))


def _fault_once(path: Path, sums: Sums, blocks: np.ndarray | None) -> str | None:
    """As `_fault`, of these blocks alone where some are named; nothing is read of what was found sound before."""
    version = _version(path)
    if version is not None and version in _sound and version[1] == sums.size:
        return None
    fault = _fault(path, sums, blocks)
    if fault is None and blocks is None and version is not None:
        _sound.add(version)
    return fault


def _fault(path: Path, sums: Sums, blocks: np.ndarray | None = None) -> str | None:
    """What is wrong with a file, all its blocks or these read; None when nothing is."""
    try:
        size = path.stat().st_size
        if size != sums.size:
            return f"has {size:,} bytes instead of {sums.size:,}"
        wrong = sum(1 for block, found in _read(path, blocks) if zlib.crc32(found) != sums.crc32[block])
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    return f"differs from what was written in {wrong:,} of {len(sums.crc32):,} blocks" if wrong else None


def _read(path: Path, blocks: np.ndarray | None) -> Iterator[tuple[int, bytes]]:
    if blocks is None:
        yield from enumerate(_blocks(path))
        return
    with path.open("rb", buffering=0) as file:
        for block in blocks.tolist():
            yield block, os.pread(file.fileno(), BLOCK, block * BLOCK)


def _check_apart(folder: Path, rest: list[tuple[Path, Sums]], advice: str) -> None:
    """Read what is too much to wait for in a thread of its own; its finding waits for `raise_found`."""

    def check() -> None:
        for path, sums in rest:
            version = _version(path)
            if fault := _fault_once(path, sums, None):
                _found[folder] = path, version, str(damaged(path, fault, advice))
                return

    if rest:
        threading.Thread(target=check, name="checksums", daemon=True).start()
