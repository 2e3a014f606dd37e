"""Checks on --out before the work begins, so that no long run ends at a wall.

Writes nothing: whoever saves does so under a temporary name and renames.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from hilander.errors import InputError


def check_parent(path: Path) -> None:
    """The folder that will hold `path` exists and may be written to."""
    parent = path.resolve().parent
    if not parent.is_dir():
        raise InputError(f"--out {path}: expected a path in a folder that exists; {parent} is not one. Make it first.")
    if not os.access(parent, os.W_OK):
        raise InputError(f"--out {path}: expected a folder that may be written to; {parent} may not. Choose another.")


def check_new_folder(path: Path, *, overwrite: bool, ours: Callable[[Path], bool]) -> None:
    """`path` is free, an empty folder, or with --overwrite a folder of the same kind (`ours`)."""
    check_parent(path)
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_dir():
        raise InputError(f"--out {path}: expected a new folder, got a file that is there. Choose another name.")
    if not any(path.iterdir()):
        return
    if not ours(path):
        raise InputError(
            f"--out {path}: expected a new folder, got one that holds other files. Choose another name."
        )
    if not overwrite:
        raise InputError(
            f"--out {path}: expected a new folder, got one that is there already. "
            "Choose another name, or give --overwrite to replace it."
        )


def clear(path: Path) -> None:
    """Remove what `check_new_folder` allowed to be replaced; called just before the new one is saved."""
    if path.is_dir():
        shutil.rmtree(path)
