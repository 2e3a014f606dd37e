"""Hierarchies on disk: one .npy an array, one JSON for the counts. Pickle-free, and memory-mapped on reading.

Knows the file format only; `forest` knows what the arrays mean.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.decode import roots
from hilander.io.arrays import load_array
from hilander.io.atomic import read_json, write_json

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy

FORMAT = 1
HEAD = "hierarchy.json"
ROUNDING = 1e-3  # a cosine may be a little more than 1
COUNTS = ("nodes", "edges", "new_links")
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
    """The arrays by name, the counts of each level, and the natural level; checked against each other.

    Raises
    ------
    InputError   no hierarchy there, one of another format, or a damaged one
    """
    folder = Path(folder)
    if not (folder / HEAD).is_file():
        raise InputError(
            f"{folder} holds no hierarchy ({HEAD} is not there). Give a folder that `hilander cluster` wrote."
        )
    head = read_json(folder / HEAD)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(f"{folder}/{HEAD} is not of format {FORMAT}. Cluster again, or update hilander.")
    try:
        arrays = {name: load_array(folder / f"{name}.npy", mmap=mmap) for name in ARRAYS}
        levels = [{name: int(level[name]) for name in COUNTS} for level in head["levels"]]
        _check(arrays, levels, head["n"], head["natural_level"])
    except (OSError, ValueError, OverflowError, LookupError, TypeError) as error:
        raise InputError(f"{folder} is damaged ({error}). Cluster again.") from error
    return arrays, levels, head["natural_level"]


def _check(arrays: dict[str, Any], levels: list[dict[str, int]], n: int, natural: int) -> None:
    """ValueError unless the arrays are those of one forest whose links never lead back down."""
    for name, dtype in ARRAYS.items():
        length = sum(level["nodes"] for level in levels) if name == "density" else n
        if arrays[name].shape != (length,) or arrays[name].dtype != dtype:
            raise ValueError(f"{name} should be {np.dtype(dtype)} ({length},)")
    parent, merge_level = arrays["parent"], arrays["merge_level"]
    if not isinstance(natural, int) or not 0 <= natural <= len(levels):
        raise ValueError("the natural level is none of its levels")
    if n < 1 or parent.min() < 0 or parent.max() >= n or merge_level.min() < 1:
        raise ValueError("numbers out of range")
    for name, least in (("link_prob", 0), ("link_sim", -1)):
        if not (arrays[name] >= least - ROUNDING).all() or not (arrays[name] <= 1 + ROUNDING).all():
            raise ValueError(f"{name} out of range")
    linked = parent != np.arange(n)
    if (merge_level[parent] < merge_level).any() or (linked != (merge_level <= len(levels))).any():
        raise ValueError("links that lead down a level")
    roots(parent)  # ValueError for a cycle
