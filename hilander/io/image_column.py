"""Images in a Parquet file: a column of their bytes, or of the paths of their files. One image is read at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.arrays import damaged
from hilander.io.columns import PATH_COLUMNS, is_bytes, is_text, pyarrow
from hilander.io.folder import ImageList
from hilander.io.image_names import short_names, too_large, twice
from hilander.io.parquet import broken, check_sizes, column_types, opened, read_texts

BYTES_COLUMNS = ("image", "image_bytes", "bytes", "img", "jpg", "jpeg", "png")


def open_column(path: Path, inside: Sequence[Path]) -> ImageColumn | ImageList:
    """The images of a Parquet file; see `sources.open_images`.

    Raises
    ------
    InputError   damaged, or with neither bytes nor paths of images
    """
    try:
        with opened(path) as file:
            types = column_types(file)
    except broken() as error:
        raise damaged(path, str(error)) from error
    column = _bytes_column(types)
    if column is not None:
        return ImageColumn(path, column, _name_column(types, column))
    paths = next((name for name in types if name.lower() in PATH_COLUMNS and is_text(types[name])), None)
    if paths is None:
        raise InputError(
            f"{path.name} must have a column of image bytes, or one called path; got {', '.join(types)[:200]}."
        )
    name = _name_column(types, paths)
    names, texts = read_texts(path, [name or paths, paths])
    return ImageList(
        path, [(it or "" if name else "", text or "") for it, text in zip(names, texts, strict=True)], inside
    )


class ImageColumn:
    """Images in a column of bytes, named by the id, else by the path of each row, else by its number.

    Parameters
    ----------
    column : the bytes, "image" or "image.bytes"
    named : the column of their names; None: the row numbers, as many digits each
    """

    def __init__(self, path: Path, column: str, named: str | None) -> None:
        self._path, self._column, self._lock = path, column, threading.Lock()
        self._file = opened(path)
        self._starts = _starts(self._file.metadata)
        self._group, self._next = -1, 0
        self._values: Iterator[Any] = iter(())
        try:
            check_sizes(path, self._file, [column.split(".", maxsplit=1)[0]])
            self._rows = self._named(named)
            self._short = short_names(list(self._rows), path.name)
        except broken() as error:
            self._file.close()
            raise error if isinstance(error, InputError) else damaged(path, str(error)) from error

    def names(self) -> list[str]:
        return sorted(self._short)

    def open_bytes(self, name: str) -> bytes:
        row = self._rows[self._short[name]]
        try:
            with self._lock:
                value = self._value(row)
        except broken() as error:
            self._group = -1
            raise damaged(self._path, f"{name}: {error}") from error
        if value is None:
            raise InputError(
                f"{self._path.name} must have an image in every row; {name} has none. Leave it out."
            )
        if value.size > image_names.MAX_IMAGE_BYTES:
            raise too_large(name)
        data: bytes = value.to_pybytes()
        return data

    def in_order(self, names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda name: self._rows[self._short[name]])

    def close(self) -> None:
        self._values = iter(())
        self._file.close()

    def _named(self, named: str | None) -> dict[str, int]:
        rows = self._starts[-1]
        if named is None:
            return {f"{row:0{len(str(rows - 1))}}": row for row in range(rows)}
        found: dict[str, int] = {}
        for row, name in enumerate(read_texts(self._path, [named])[0]):
            if not name or name in found:
                raise twice(name or "", self._path.name)
            found[name] = row
        return found

    def _value(self, row: int) -> Any:
        """The bytes of a row, as a buffer: the next one, or from the beginning of its group of rows on."""
        group = next(g for g in range(len(self._starts) - 1) if row < self._starts[g + 1])
        if group != self._group or row < self._next:
            self._group, self._next = group, self._starts[group]
            self._values = self._file.iter_batches(
                batch_size=1, row_groups=[group], columns=[self._column], use_threads=False
            )
        while True:
            batch = next(self._values, None)
            if batch is None:
                raise ValueError("its rows end before that")
            self._next += 1
            if self._next > row:
                column = batch.column(0)
                scalar = column.field(0)[0] if "." in self._column else column[0]
                return scalar.as_buffer()


def _starts(metadata: Any) -> list[int]:
    """The row at which each group begins, and the number of rows."""
    starts = [0]
    for g in range(metadata.num_row_groups):
        starts.append(starts[-1] + metadata.row_group(g).num_rows)
    return starts


def _bytes_column(types: dict[str, Any]) -> str | None:
    """The column of bytes: one with a usual name, else the only one."""
    found = {name: inner for name, kind in types.items() if (inner := _bytes_inside(name, kind))}
    usual = [name for wanted in BYTES_COLUMNS for name in found if name.lower() == wanted]
    chosen = usual or (list(found) if len(found) == 1 else [])
    return found[chosen[0]] if chosen else None


def _bytes_inside(name: str, kind: Any) -> str | None:
    if is_bytes(kind):
        return name
    arrow, _ = pyarrow("types")
    if arrow.types.is_struct(kind) and any(f.name == "bytes" and is_bytes(f.type) for f in kind):
        return f"{name}.bytes"
    return None


def _name_column(types: dict[str, Any], column: str) -> str | None:
    """The column that names the rows: `id`, else a path that is not the images themselves."""
    wanted = ("id", *PATH_COLUMNS)
    found = [name for it in wanted for name in types if name.lower() == it and name != column]
    arrow, _ = pyarrow("types")
    usable = [name for name in found if is_text(types[name]) or arrow.types.is_integer(types[name])]
    return usable[0] if usable else None
