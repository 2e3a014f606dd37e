"""Hierarchies on disk: one .npy an array, one JSON for the counts. Pickle-free, and memory-mapped on reading.

Knows the file format only; `forest` knows what the arrays mean.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import read_json, write_json

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy

FORMAT = 1
HEAD = "hierarchy.json"
ARRAYS = {
    "parent": np.int64,
    "merge_level": np.int16,
    "link_prob": np.float32,
    "link_sim": np.float32,
    "density": np.float32,
}


def save_hierarchy(hierarchy: Hierarchy, folder: Path) -> None:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, dtype in ARRAYS.items():
        np.save(folder / f"{name}.npy", getattr(hierarchy, name).astype(dtype, copy=False))
    head = {
        "format": FORMAT,
        "n": hierarchy.n,
        "natural_level": hierarchy.natural_level,
        "levels": [asdict(level) for level in hierarchy.levels],
    }
    write_json(head, folder / HEAD)


def load_hierarchy(folder: Path, *, mmap: bool) -> tuple[dict[str, Any], list[dict[str, int]], int]:
    """The arrays by name, the counts of each level, and the natural level."""
    folder = Path(folder)
    if not (folder / HEAD).is_file():
        raise InputError(
            f"{folder} holds no hierarchy ({HEAD} is not there). Give a folder that `hilander cluster` wrote."
        )
    head = read_json(folder / HEAD)
    if head.get("format") != FORMAT:
        raise InputError(
            f"{folder} has format {head.get('format')!r}; this version reads {FORMAT}. Cluster again, or update."
        )
    try:
        arrays = {name: _load_array(folder / f"{name}.npy", mmap) for name in ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{folder} is damaged ({error}). Cluster again.") from error
    if len(arrays["parent"]) != head["n"]:
        raise InputError(f"{folder} is damaged (expected {head['n']} images, got {len(arrays['parent'])}).")
    return arrays, head["levels"], head["natural_level"]


def _load_array(path: Path, mmap: bool) -> Any:
    try:
        return np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)
    except ValueError:
        if path.stat().st_size:  # an empty array cannot be mapped
            return np.load(path, allow_pickle=False)
        raise
