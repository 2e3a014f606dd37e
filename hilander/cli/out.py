"""Checks on --out before the work begins, so that no long run ends at a wall.

Writes nothing: whoever saves does so under a temporary name and renames.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hilander.errors import InputError
from hilander.io.tables import table_format


def check_place(path: Path, *, option: str = "--out") -> None:
    """`path` could be made: the nearest folder above it that exists may be written to."""
    above = next(folder for folder in path.resolve().parents if folder.exists())
    if not above.is_dir():
        raise InputError(f"{option} {path}: expected a path in a folder; {above} is a file. Choose another.")
    if not os.access(above, os.W_OK):
        raise InputError(
            f"{option} {path}: expected a folder that may be written to; got {above}. Choose another."
        )


def check_new_folder(
    path: Path, *, overwrite: bool, ours: Callable[[Path], bool], option: str = "--out"
) -> None:
    """`path` is free, an empty folder, or with --overwrite a folder of the same kind (`ours`)."""
    check_place(path, option=option)
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_dir():
        raise InputError(
            f"{option} {path}: expected a new folder, got a file that is there. Choose another name."
        )
    if not any(path.iterdir()):
        return
    if not ours(path):
        raise InputError(
            f"{option} {path}: expected a new folder, got one that holds other files. Choose another name."
        )
    if not overwrite:
        raise InputError(
            f"{option} {path}: expected a new folder, got one that is there already. "
            "Choose another name, or give --overwrite to replace it."
        )


def check_table(path: Path) -> None:
    """`path` names a table format and can be made; a file that is there is replaced."""
    table_format(path)
    check_file(path)


def check_file(path: Path) -> None:
    """`path` can be made; a file that is there is replaced."""
    if path.is_dir():
        raise InputError(f"--out {path}: expected a file name, got a folder. Choose another name.")
    check_place(path)
