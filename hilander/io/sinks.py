"""Where many small files go: a folder, or zip archives of bounded size. Knows nothing about what they are.

Paths come from `safe_names`, with "/" between folder and file.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol, Self

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive
PART_BYTES = 200 << 20


class Sink(Protocol):
    def add(self, path: str, data: bytes) -> None: ...


class FolderSink:
    """Files under a folder that is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, path: str, data: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)


class ZipSink:
    """Zip archives STEM-1.zip, STEM-2.zip, ... in a folder, each of at most `most` bytes (or one file).

    Images are packed already, so nothing is compressed. Close it, or use it in a `with`.
    """

    def __init__(self, folder: Path, stem: str, *, most: int = PART_BYTES) -> None:
        self._folder, self._stem, self._most = folder, stem, most
        self._archive: zipfile.ZipFile | None = None
        self._bytes = 0
        self.paths: list[Path] = []

    def add(self, path: str, data: bytes) -> None:
        if self._archive is None or self._bytes + len(data) > self._most:
            self._next()
        assert self._archive is not None
        self._archive.writestr(zipfile.ZipInfo(path, EPOCH), data)
        self._bytes += len(data)

    def _next(self) -> None:
        self.close()
        self.paths.append(self._folder / f"{self._stem}-{len(self.paths) + 1}.zip")
        self._archive, self._bytes = zipfile.ZipFile(self.paths[-1], "w", zipfile.ZIP_STORED), 0

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
