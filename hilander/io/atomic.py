"""Write so that a file or folder is either whole or absent. Knows nothing about what is written."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hilander.errors import InputError

LARGEST_JSON = 32 << 20  # once it is read it may take twenty times as much


@contextlib.contextmanager
def atomic_path(path: Path | str, *, replace_folder: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path` (same suffix); rename it onto `path` when the block succeeds.

    The block makes a file or a folder at the path it is given. On any exception, Ctrl-C included, what it
    made is removed and `path` is as it was. Missing parent folders are made, and removed again if nothing
    else came into them. An existing file is replaced; an existing folder with something in it only with
    `replace_folder`.

    Raises
    ------
    InputError   the place cannot be written, or a folder with something in it is in the way
    """
    path = Path(path)
    missing = [folder for folder in path.parents if not os.access(folder, os.F_OK)]
    temporary = path.parent / f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}"
    try:
        _check_free(path, replace_folder)
        try:
            yield temporary
            if not temporary.exists():
                raise FileNotFoundError(f"Nothing was written for {path}.")
            _check_free(path, replace_folder)
            _move_onto(temporary, path)
        finally:
            remove(temporary)
    finally:
        _remove_empty(missing)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, innermost first, as far as they are empty."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _check_free(path: Path, replace_folder: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        busy = path.is_dir() and any(path.iterdir())
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}. Choose another place."
        ) from error
    if busy and not replace_folder:
        raise InputError(
            f"{path} is a folder with something in it, and would be replaced. Use another name, or empty it."
        )
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path} cannot be written: no permission in {path.parent}. Choose another place.")


def _move_onto(source: Path, target: Path) -> None:
    """Rename; a folder in the way is put aside first and removed last, or put back if this fails."""
    if not target.is_dir():
        source.replace(target)
        return
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    try:
        target.rename(old)
        source.rename(target)
    except BaseException:  # Ctrl-C before, between or after the two included
        if old.exists():
            if not source.exists():
                target.rename(source)
            old.rename(target)
        raise
    remove(old)


def write_json(value: Any, path: Path | str) -> None:
    """Write indented UTF-8 JSON, atomically. NaN and infinity are refused (ValueError): they are not JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: Path | str, name: str = "") -> Any:
    """Read a JSON file; InputError when it is missing, is not JSON or has more than `LARGEST_JSON` bytes.

    `name` is what people call it, where they did not give its path.
    """
    path = Path(path)
    name = name or str(path)
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError(f"it has more than {LARGEST_JSON:,} bytes")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{name} does not exist. Check the path.") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{name} cannot be read as JSON: {reason}. Was it cut short or edited by hand?"
        ) from error
