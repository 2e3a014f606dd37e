"""What a client and the workers must have in common: the files as they see them, and the versions that they run.

Run on either side. Knows nothing about dask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hilander.errors import InputError

PACKAGES = ("hilander", "torch", "numpy", "numba")


@dataclass(frozen=True)
class Look:
    """versions : of `PACKAGES`, or "none";  sizes : bytes of each file, or why it cannot be read."""

    versions: dict[str, str]
    sizes: tuple[int | str, ...]


def look(files: Sequence[Path]) -> Look:
    return Look({name: _version(name) for name in PACKAGES}, tuple(map(_size, files)))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _size(file: Path) -> int | str:
    try:
        with file.open("rb") as opened:
            opened.read(1)
        return file.stat().st_size
    except OSError as error:
        return error.strerror or str(error)


def compare(ours: Look, theirs: Look, where: str, files: Sequence[Path]) -> None:
    """InputError where a worker, called `where`, has other versions or sees other files."""
    other = [
        f"{name} {theirs.versions[name]} and here {mine}"
        for name, mine in ours.versions.items()
        if theirs.versions[name] != mine
    ]
    if other:
        raise InputError(f"{where} has {', '.join(other)}. Install the same versions on all machines.")
    for file, mine, found in zip(files, ours.sizes, theirs.sizes, strict=True):
        if found == mine:
            continue
        got = found if isinstance(found, str) else f"{found:,} bytes"
        expected = mine if isinstance(mine, str) else f"{mine:,} bytes"
        raise InputError(
            f"{where} must see {file} as this machine does ({expected}); got {got}. "
            "Give every worker that folder, shared, under the same path."
        )


def bytes_sent(dask_worker: Any) -> int:
    """All that a worker has sent to others so far, to the scheduler for a client too."""
    return int(dask_worker.transfer_outgoing_bytes_total)
