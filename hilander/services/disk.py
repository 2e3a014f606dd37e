"""How much of the disk the workspace takes, and how much is free.

    usage(workspace, store) -> Usage

Data sets are a handful of files each, whatever the number of images, so that counting takes milliseconds. Knows
nothing about what is in the files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hilander.services.store import Store
from hilander.services.workspace import Workspace

LITTLE = (
    2_000_000_000  # bytes free; an import of 100,000 images and a clustering of them fit in, not much more
)


@dataclass(frozen=True)
class Usage:
    """Bytes. datasets: of each data set with its runs, by id; total: the whole workspace; free: on its disk."""

    datasets: dict[str, int]
    total: int
    free: int

    @property
    def is_little(self) -> bool:
        """Whether imports and clusterings may soon fail for want of space."""
        return self.free < LITTLE


def usage(workspace: Workspace, store: Store) -> Usage:
    """Count now."""
    sizes = {row.id: bytes_of(workspace.dataset_dir(row.id)) for row in store.datasets()}
    for run in store.runs():
        if run.dataset_id in sizes:
            sizes[run.dataset_id] += bytes_of(workspace.run_dir(run.id))
    return Usage(sizes, bytes_of(workspace.root), free_bytes(workspace.root))


def free_bytes(path: Path) -> int:
    """What may still be written on the disk of `path`, or of the nearest folder above it that is there."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(there).free


def bytes_of(path: Path) -> int:
    """Bytes of a file, or of a folder with everything in it; 0 where there is nothing (any more)."""
    try:
        if path.is_dir() and not path.is_symlink():
            with os.scandir(path) as entries:
                return _sum(entries)
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def readable(size: int) -> str:
    """ "512 bytes", "1.4 MB", "120 GB": powers of 1,000, two or three digits."""
    if size < 1000:
        return f"{size} byte{'s' * (size != 1)}"
    value, units = size / 1000, ["kB", "MB", "GB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:,.1f} {units[0]}" if value < 9.95 else f"{value:,.0f} {units[0]}"


def _sum(entries: Iterable[os.DirEntry[str]]) -> int:
    total = 0
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            total += bytes_of(Path(entry.path))
        else:
            try:
                total += entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:  # renamed or removed since it was listed
                continue
    return total
