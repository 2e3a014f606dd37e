"""Images in a tar archive, plain or gzipped. Nothing is extracted: an index of places is made once, then read from.

An archive is untrusted: paths that point outside, links, devices, bombs and headers of many megabytes are refused.
"""

from __future__ import annotations

import tarfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.gzipped import GzipReader
from hilander.io.image_names import inner_name, is_image_name, short_names, twice

BLOCK = 512
MAX_HEADER = 1 << 20  # bytes of a long name or of extra facts about one file
BROKEN = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, OverflowError, RecursionError)


class _Place(NamedTuple):
    """Where an image lies in the archive, unpacked."""

    start: int
    size: int


def is_tar(path: Path) -> bool:
    """Whether a file is a tar by its name, or by its first bytes."""
    name = path.name.lower()
    if name.endswith((".tar", ".tar.gz", ".tgz")):
        return True
    with path.open("rb") as file:
        head = file.read(BLOCK)
    return head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"


class ImageTar:
    """Images inside a tar. Names are paths inside it, without a single top folder that all share."""

    def __init__(self, path: Path | str) -> None:
        self._path, self._lock = Path(path), threading.Lock()
        self._file = _opened(self._path)
        try:
            self._places = self._index()
            self._entries = short_names(list(self._places), self._path.name)
        except BaseException:
            self._file.close()
            raise

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        place = self._places[self._entries[name]]
        try:
            with self._lock:
                self._file.seek(place.start)
                data = self._file.read(place.size)
        except BROKEN as error:
            raise _damaged(self._path, f"{name}: {error}") from error
        if len(data) != place.size:
            raise _damaged(self._path, f"it ends inside {name}")
        return data

    def in_order(self, names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda name: self._places[self._entries[name]].start)

    def close(self) -> None:
        self._file.close()

    def _index(self) -> dict[str, _Place]:
        places: dict[str, _Place] = {}
        try:
            for member in _members(self._file):
                name = inner_name(member.name, self._path.name)
                self._check(member)
                if not member.isreg() or not is_image_name(name):
                    continue
                if name in places:
                    raise twice(name, self._path.name)
                places[name] = _Place(member.offset_data, member.size)
        except BROKEN as error:
            if isinstance(error, InputError):
                raise
            raise _damaged(self._path, str(error)) from error
        return places

    def _check(self, member: tarfile.TarInfo) -> None:
        if not (member.isreg() or member.isdir()) or member.issparse():
            kind = "link" if member.issym() or member.islnk() else "device or special file"
            raise InputError(
                f"{self._path.name} must hold files; got the {kind} {member.name!r}. "
                "Pack the files themselves (tar --dereference --hard-dereference)."
            )
        if is_image_name(member.name) and member.size > image_names.MAX_IMAGE_BYTES:
            raise InputError(
                f"{self._path.name} must hold files of at most {image_names.MAX_IMAGE_BYTES >> 20} MB; "
                f"{member.name!r} has {member.size:,} bytes. Leave it out."
            )


class _Headers:
    """What tarfile reads the headers from: it never gets more than `MAX_HEADER` bytes at once."""

    def __init__(self, file: BinaryIO | GzipReader) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MAX_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)

    def seek(self, place: int) -> int:
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()


def _members(file: BinaryIO | GzipReader) -> Iterator[tarfile.TarInfo]:
    """The headers one by one, none of them kept; tarfile.ReadError unless the archive has its end mark."""
    with tarfile.TarFile(fileobj=_Headers(file), mode="r") as archive:  # type: ignore[arg-type]
        place = -1
        while (member := archive.next()) is not None:
            if member.size < 0 or member.offset <= place:
                raise tarfile.ReadError("a header that leads back")
            place = member.offset
            archive.members.clear()  # type: ignore[attr-defined]
            yield member
        file.seek(archive.offset)
        if file.read(BLOCK) != bytes(BLOCK):
            raise tarfile.ReadError("it has no end")


def _opened(path: Path) -> BinaryIO | GzipReader:
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return GzipReader(path) if gzipped else path.open("rb")


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path.name} must be a complete tar of images; its {path.stat().st_size:,} bytes could not be read "
        f"({' '.join(reason.split())[:300] or 'no reason given'}). Make or upload it again."
    )
