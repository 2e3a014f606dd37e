"""Images in a folder, or in files that a list names. Links are followed and may not lead outside."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.columns import PATH_COLUMNS
from hilander.io.delimited import first_line, sniff_delimiter
from hilander.io.image_names import is_image_name, short_names, too_large, twice

Listed = Iterable[tuple[str, str]]  # name or "", path


class ImageFolder:
    """Images in a folder and its sub-folders. Links may not lead out of the folder."""

    def __init__(self, path: Path | str) -> None:
        self._root = Path(path).resolve()
        found = [name for name in _walk(self._root) if is_image_name(name)]
        self._entries = short_names(found, self._root.name)

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        path = self._root / self._entries[name]
        _refuse_outside(path, self._root)
        return _content(path, name)

    def in_order(self, names: Sequence[str]) -> list[str]:
        return list(names)

    def close(self) -> None:
        """Nothing is held open."""


class ImageList:
    """Images in files that a list names, by the names it gives them, else by their paths.

    Parameters
    ----------
    path : the list; relative paths in it begin in its folder
    inside : folders in which the files must lie, links followed; none: the list's own folder
    """

    def __init__(self, path: Path, listed: Listed, inside: Sequence[Path] = ()) -> None:
        self._path, self._base = path, path.resolve().parent
        self._inside = tuple(folder.resolve() for folder in inside) or (self._base,)
        self._files: dict[str, str] = {}
        for name, text in listed:
            self._real(text)
            if (known := name or text.replace("\\", "/").strip("/")) in self._files:
                raise twice(known, path.name)
            self._files[known] = text
        self._entries = short_names(list(self._files), path.name)

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open_bytes(self, name: str) -> bytes:
        return _content(self._real(self._files[self._entries[name]]), name)

    def in_order(self, names: Sequence[str]) -> list[str]:
        return list(names)

    def close(self) -> None:
        """Nothing is held open."""

    def _real(self, text: str) -> Path:
        try:
            real = (self._base / text).resolve()
        except (OSError, ValueError, RuntimeError):  # a NUL in it, too long, links in a circle
            real = Path("/")
        if not any(real.is_relative_to(folder) for folder in self._inside):
            where = " and ".join("its own folder" if it == self._base else it.name for it in self._inside)
            raise InputError(
                f"{self._path.name} may list files in {where} only; "
                f"got {text[:200]!r}. Put the files there, or give them as a zip."
            )
        return real


def listed_paths(path: Path) -> Iterator[tuple[str, str]]:
    """(name or "", path) of every line of a text or CSV file; a header with `path` is known by that, `id` is a name.

    Raises
    ------
    InputError   not UTF-8 text, a line without a path
    """
    head = first_line(path)
    delimiter = sniff_delimiter(head)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = ([line.strip("\r\n")] for line in file) if path.suffix.lower() == ".txt" else None
            yield from _pairs(path, csv.reader(file, delimiter=delimiter) if rows is None else rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name} must be a list of paths in UTF-8; reading it failed: {error}. Save it as UTF-8 text."
        ) from error


def _pairs(path: Path, rows: Iterable[list[str]]) -> Iterator[tuple[str, str]]:
    where, name_at = 0, -1
    for number, row in enumerate(rows):
        cells = [cell.strip() for cell in row]
        lower = [cell.lower() for cell in cells]
        if number == 0 and (known := [it for it in PATH_COLUMNS if it in lower]):
            where, name_at = lower.index(known[0]), lower.index("id") if "id" in lower else -1
        elif any(cells):
            if len(cells) <= max(where, name_at) or not cells[where]:
                raise InputError(f"{path.name}, line {number + 1}: expected a path; got none. Fill it in.")
            yield (cells[name_at] if name_at >= 0 else ""), cells[where]


def _content(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            os.stat(path)  # noqa: PTH116 - says why, where it is not there
            raise InputError(f"{name} must be a file; got something else. Leave it out.")
        with path.open("rb") as file:
            data = file.read(image_names.MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name} could not be read: {error.strerror or error}.") from error
    if len(data) > image_names.MAX_IMAGE_BYTES:
        raise too_large(name)
    return data


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
