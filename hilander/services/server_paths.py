"""Which files and folders of the server a visitor may name: those inside HILANDER_DATA_ROOTS, links followed.

    a visitor's text  ->  a path without links that lies inside a root, or InputError
    a file of images  ->  the folders in which the files that it lists, if it is a list, must lie

The one rule for paths that come from a page or out of an upload. Knows nothing about what else is in the files.
"""

from __future__ import annotations

import os
from pathlib import Path

from hilander.errors import InputError
from hilander.services.staging import is_staged

ROOTS_VARIABLE = "HILANDER_DATA_ROOTS"


def data_roots() -> tuple[Path, ...]:
    """The folders that may be read, links resolved; none where the variable is not set: then it is switched off."""
    texts = os.environ.get(ROOTS_VARIABLE, "").split(os.pathsep)
    return tuple(Path(text).expanduser().resolve() for text in texts if text.strip())


def server_path(text: str) -> Path:
    """A file or folder inside one of the roots: an absolute path, or one relative to a root (the first that has it).

    Returns
    -------
    the path with every link followed, so that what was checked is what is opened

    Raises
    ------
    InputError   no roots, nothing there, or outside of them; which of the last two is not told
    """
    roots = data_roots()
    if not roots:
        raise InputError(
            f"Paths on the server are switched off. Start hilander with {ROOTS_VARIABLE} set to the folders "
            f"that may be read ({os.pathsep!r} between two), or upload the file."
        )
    wanted = text.strip()
    for root in roots:
        found = _real(root / wanted)
        if found is not None and any(found.is_relative_to(it) for it in roots):
            return found
    raise InputError(
        f"Expected a file or folder inside this server's data folders; got {wanted[:200]!r}. "
        "Give its path relative to one of them."
    )


def listable(images: Path) -> tuple[Path, ...]:
    """The roots for a list that lies on the server, as whoever may name such paths put it there; none: its own folder.

    One that was uploaded is anybody's: it opens nothing of the server, also where the staging folder is in a root.
    """
    roots = data_roots()
    return (images.parent,) if roots and is_staged(images) else roots


def _real(path: Path) -> Path | None:
    """What a path leads to if that is there, and a file or folder; else None."""
    try:
        found = path.resolve(strict=True)
        return found if found.is_dir() or found.is_file() else None
    except (OSError, ValueError, RuntimeError):  # not there, a NUL in it, links in a circle
        return None
