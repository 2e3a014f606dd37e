"""Images in a zip archive, and named files out of one. Knows nothing about pixels.

An archive is untrusted: entries that point outside it, links, encryption and zip bombs are refused before
anything is read, and nothing is ever extracted to disk. Hidden files are passed over. `read_members` reads
named files from a zip under the same rules.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.embeddings import check_file
from hilander.io.image_names import inner_name, is_hidden, is_image_name, short_names, twice

MAX_RATIO = 100  # declared size over size on disk, of everything together or of one large image
RATIO_FREE_BYTES = 32 << 20  # below this no ratio is a danger: a blank bitmap shrinks 1,000 times
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class ImageArchive:
    """Images inside a zip file. Names are paths inside it, without a single top folder that all share."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._zip = _open_zip(self._path, "images")
        try:
            check_ratio(self._zip, self._path, "images")
            entries = _entries(self._zip, self._path)
            self._entries = {
                short: entries[name] for short, name in short_names(list(entries), self._path.name).items()
            }
        except InputError:
            self._zip.close()
            raise

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        return _unpacked(self._zip, self._entries[name], name, self._path, ", or leave this image out")

    def in_order(self, names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda name: self._entries[name].header_offset)

    def close(self) -> None:
        self._zip.close()


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
            return file.read(image_names.MAX_IMAGE_BYTES + 1)
    except BROKEN as error:
        raise InputError(
            f"{path.name}: {name} could not be unpacked ({error}). Make the zip again{hint}."
        ) from error


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
        if info.is_dir() or is_hidden(name) or not is_wanted(name):
            continue
        if name in entries:
            raise twice(name, path.name)
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
    name = inner_name(info.filename, path.name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "link" if kind == stat.S_IFLNK else "device or special file"
        raise InputError(
            f"{path.name} must hold files; got the {what} {info.filename!r}. Zip the files themselves."
        )
    if info.flag_bits & 0x1:
        raise InputError(
            f"{path.name} must not be encrypted; {info.filename!r} is. Make the zip without a password."
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"{path.name} must be stored or deflated; {info.filename!r} is packed in another way "
            f"({info.compress_type}). Make the zip with the usual settings."
        )
    too_large = info.file_size > image_names.MAX_IMAGE_BYTES
    if too_large or info.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * 10 * info.compress_size):
        raise InputError(
            f"{path.name} must hold files of at most {image_names.MAX_IMAGE_BYTES >> 20} MB; {info.filename!r} "
            f"unpacks to {info.file_size:,} bytes from {info.compress_size:,}. Leave it out."
        )
    return name
