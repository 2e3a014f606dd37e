"""Where images come from: a zip archive or a folder, behind one interface. Knows nothing about pixels.

An archive is untrusted: entries that point outside it, links, encryption and zip bombs are refused before
anything is read, and nothing is ever extracted to disk. Hidden files are passed over. `read_members` reads
named files from a zip under the same rules.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from hilander.errors import InputError
from hilander.io.embeddings import check_file

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MAX_IMAGE_BYTES = 256 << 20
MAX_RATIO = 100  # declared size over size on disk, of everything together or of one large image
RATIO_FREE_BYTES = 32 << 20  # below this no ratio is a danger: a blank bitmap shrinks 1,000 times


class ImageSource(Protocol):
    """Images by name; names are sorted and unique, with "/" between folders."""

    def names(self) -> list[str]: ...

    def open_bytes(self, name: str) -> bytes:
        """Return the encoded image; KeyError for an unknown name, InputError when it cannot be read."""
        ...

    def close(self) -> None: ...


def open_images(path: Path | str) -> ImageSource:
    """Open a zip archive or a folder of images (jpg, png, webp, bmp, gif, tif; sub-folders allowed).

    Raises
    ------
    InputError   missing, neither zip nor folder, cut short, encrypted, unsafe, or without images
    """
    path = Path(path)
    if path.is_dir():
        return ImageFolder(path)
    check_file(path, "a zip archive or a folder of images")
    return ImageArchive(path)


class ImageArchive:
    """Images inside a zip file. Names are paths inside it, without a single top folder that all share."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._zip = _open_zip(self._path, "images")
        try:
            check_ratio(self._zip, self._path, "images")
            entries = _entries(self._zip, self._path)
            self._entries = {
                short: entries[name] for short, name in _short_names(list(entries), self._path).items()
            }
        except InputError:
            self._zip.close()
            raise

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        return _unpacked(self._zip, self._entries[name], name, self._path, ", or leave this image out")

    def close(self) -> None:
        self._zip.close()


class ImageFolder:
    """Images in a folder and its sub-folders. Links may not lead out of the folder."""

    def __init__(self, path: Path | str) -> None:
        self._root = Path(path).resolve()
        found = [name for name in _walk(self._root) if is_image_name(name)]
        self._entries = _short_names(found, self._root)

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        path = self._root / self._entries[name]
        _refuse_outside(path, self._root)
        try:
            if path.stat().st_size > MAX_IMAGE_BYTES:
                raise InputError(f"{name} must be smaller than {MAX_IMAGE_BYTES >> 20} MB. Make it smaller.")
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{name} could not be read: {error.strerror or error}.") from error

    def close(self) -> None:
        """Nothing is held open."""


def read_members(path: Path, wanted: Sequence[str], what: str) -> dict[str, bytes]:
    """The content of exactly these files of a zip, lying at its top or together in one folder.

    Parameters
    ----------
    what : what the zip must hold, in words, for messages

    Raises
    ------
    InputError   not a zip, unsafe in any way, a file missing, there twice or damaged
    """
    check_file(path, f"a zip of {what}")
    with _open_zip(path, what) as archive:
        check_ratio(archive, path, what)
        entries = _entries(archive, path, lambda name: PurePosixPath(name).name in wanted)
        by_name = {PurePosixPath(name).name: info for name, info in entries.items()}
        folders = {PurePosixPath(name).parent for name in entries}
        if len(folders) > 1 or set(by_name) != set(wanted):
            raise InputError(
                f"{path.name} must hold {what}: {' and '.join(wanted)} in one folder; "
                f"got {', '.join(sorted(entries)[:4]) or 'neither'}. Give the zip as it was downloaded."
            )
        return {name: _unpacked(archive, info, name, path, "") for name, info in by_name.items()}


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, path: Path, hint: str) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(MAX_IMAGE_BYTES + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise InputError(
            f"{path.name}: {name} could not be unpacked ({error}). Make the zip again{hint}."
        ) from error


def is_image_name(name: str) -> bool:
    """Whether a path is an image by its suffix, and not something a system left behind."""
    return not _is_hidden(name) and PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _open_zip(path: Path, what: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        with path.open("rb") as file:
            begins_as_zip = file.read(2) == b"PK"
        got = "one that is cut short or damaged" if begins_as_zip else "something else"
        raise InputError(
            f"{path.name} must be a complete zip of {what}; got {got} ({path.stat().st_size:,} bytes). "
            "Make or upload it again."
        ) from error


def _entries(
    archive: zipfile.ZipFile, path: Path, is_wanted: Callable[[str], bool] = is_image_name
) -> dict[str, zipfile.ZipInfo]:
    """The wanted files by their path inside; every entry is checked, wanted or not."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = _safe_name(info, path)
        if info.is_dir() or _is_hidden(name) or not is_wanted(name):
            continue
        if name in entries:
            raise InputError(
                f"{path.name} must hold every file once; got {name!r} more than once. Rename one."
            )
        entries[name] = info
    return entries


def check_ratio(archive: zipfile.ZipFile, path: Path, what: str) -> None:
    """Refuse zip bombs by what the directory declares; reading stops at a declared size anyway."""
    total = sum(info.file_size for info in archive.infolist())
    on_disk = max(1, path.stat().st_size)
    if total > max(RATIO_FREE_BYTES, MAX_RATIO * on_disk):
        raise InputError(
            f"{path.name} must hold {what}; its {on_disk:,} bytes unpack to {total:,}, as in a zip bomb. "
            "Make the zip from those files alone."
        )


def _safe_name(info: zipfile.ZipInfo, path: Path) -> str:
    """The entry's path with "/" between folders; InputError when it is unsafe to read."""
    name = info.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or name[1:2] == ":":
        raise InputError(
            f"{path.name} must hold paths inside it only; got {info.filename!r}, which points outside. "
            "Make the zip again from the folder itself."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError(
            f"{path.name} must hold files; got the link {info.filename!r}. Zip the files themselves."
        )
    if info.flag_bits & 0x1:
        raise InputError(
            f"{path.name} must not be encrypted; {info.filename!r} is. Make the zip without a password."
        )
    too_large = info.file_size > MAX_IMAGE_BYTES
    if too_large or info.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * 10 * info.compress_size):
        raise InputError(
            f"{path.name} must hold files of at most {MAX_IMAGE_BYTES >> 20} MB; {info.filename!r} "
            f"unpacks to {info.file_size:,} bytes from {info.compress_size:,}. Leave it out."
        )
    return name


def _short_names(names: list[str], path: Path) -> dict[str, str]:
    """Image name to path inside: without the one top folder that all images share, if there is one."""
    if not names:
        raise InputError(f"{path.name} must hold images ({', '.join(sorted(IMAGE_SUFFIXES))}); got none.")
    tops = {name.split("/", 1)[0] if "/" in name else "" for name in names}
    cut = len(next(iter(tops))) + 1 if len(tops) == 1 and "" not in tops else 0
    return {name[cut:]: name for name in names}


def _walk(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            _refuse_outside(Path(folder, name), root)
        yield from (Path(folder, name).relative_to(root).as_posix() for name in files)


def _refuse_outside(path: Path, root: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        raise InputError(
            f"{root.name} must hold its images; {path.relative_to(root)} is a link that leads outside. "
            "Copy the files into the folder."
        )
