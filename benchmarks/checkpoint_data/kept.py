"""Arrays that take minutes to make, kept in .build/ under a hash of everything they depend on.

A file is written under a temporary name and renamed, and is read without pickle; nothing is ever stale, and the
folder may be emptied at any time. Knows nothing about what the arrays are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.io.atomic import atomic_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parents[2] / ".build" / "checkpoint_data"
Arrays = dict[str, "NDArray[Any]"]


def kept(name: str, depends_on: dict[str, Any], make: Callable[[], Arrays], folder: Path = FOLDER) -> Arrays:
    """The arrays that `make` returned when it was last called for the same name and facts (JSON), or calls it."""
    key = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"{name}-{key}.npz"
    if not path.is_file():
        arrays = make()
        with atomic_path(path) as partial, partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)


def fingerprint(array: NDArray[Any]) -> str:
    """A hash of type, shape and values."""
    digest = hashlib.sha256(f"{array.dtype} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
