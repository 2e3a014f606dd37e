"""Where the files of an upload wait until they are imported: the staging folder.

Knows nothing about what is in them.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO

from hilander.services.workspace import STAGING, Workspace

COPY_BYTES = 1 << 20
_HASH = re.compile(r"[0-9a-f]{32}")


def stage(workspace: Workspace, name: str, data: bytes | BinaryIO) -> Path:
    """Put an uploaded file into staging/HASH/NAME; the same content twice is one file."""
    arriving = workspace.staging_dir() / f".{secrets.token_hex(8)}.part"
    try:
        folder = workspace.staging_dir() / _copy(data, arriving)
        folder.mkdir(exist_ok=True)
        os.utime(folder)  # asked for again: not to be swept yet
        return arriving.rename(folder / _file_name(name))
    finally:
        arriving.unlink(missing_ok=True)


def is_staged(path: Path) -> bool:
    """Whether a file was uploaded: staging/HASH/NAME, of any workspace, for not every process is told its own."""
    places = (it.parent for it in (path.absolute(), path.resolve()))
    return any(_HASH.fullmatch(it.name) and it.parent.name == STAGING for it in places)


def _file_name(name: str) -> str:
    """The last part of a client's file name, without anything a file system could trip over."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c if c.isalnum() or c in "._- ()" else "_" for c in last).strip(" .") or "upload"
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:100]}.{suffix[:20]}" if dot else kept[:100]


def _copy(data: bytes | BinaryIO, path: Path) -> str:
    """Write the content and return a name for it: the first 128 bits of its BLAKE2 hash."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("wb") as file:
        if isinstance(data, bytes):
            digest.update(data)
            file.write(data)
            return digest.hexdigest()
        data.seek(0)
        while chunk := data.read(COPY_BYTES):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
