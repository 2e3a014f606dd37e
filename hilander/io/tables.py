"""Write columns as CSV, Parquet or JSON, atomically. The other module that imports pyarrow, only for Parquet.

A block of rows at a time, so that a million rows take little memory. Knows nothing about what the columns mean.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal, get_args

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.io.formulas import harmless

Format = Literal["csv", "parquet", "json"]
Columns = Mapping[str, np.ndarray | Sequence[Any]]
BLOCK = 50_000  # rows


def write_table(columns: Columns, path: Path | str) -> None:
    """Write columns of equal length to a .csv, .parquet or .json file; it is there whole or not at all.

    Raises
    ------
    InputError   another suffix, or a place that cannot be written
    """
    path = Path(path)
    fmt = table_format(path)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        _write(columns, fmt, file)


def table_format(path: Path | str) -> Format:
    """The format that a path's suffix names; InputError for another suffix (call it before long work)."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    for fmt in get_args(Format):
        if suffix == fmt:
            return fmt  # type: ignore[no-any-return]
    raise InputError(f"{Path(path).name} must end in .csv, .parquet or .json; got {suffix or 'no suffix'}.")


def table_bytes(columns: Columns, fmt: Format) -> bytes:
    """The same table as bytes. JSON is a list of records; NaN and infinity are null there, empty in CSV.

    In CSV a text that a spreadsheet would run as a formula has an apostrophe before it (see `formulas`).

    Raises
    ------
    ValueError   columns of different lengths, another format
    """
    file = io.BytesIO()
    _write(columns, fmt, file)
    return file.getvalue()


def _write(columns: Columns, fmt: Format, file: IO[bytes]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be of equal length; got {lengths}.")
    writers = {"csv": _csv, "json": _json, "parquet": _parquet}
    if fmt not in writers:
        raise ValueError(f"fmt must be csv, parquet or json; got {fmt!r}.")
    writers[fmt](columns, file)


def _blocks(columns: Columns) -> Iterator[dict[str, Any]]:
    """The columns by blocks of rows; one, of no rows, where there are none."""
    n = max(map(len, columns.values()), default=0)
    for start in range(0, max(n, 1), BLOCK):
        yield {name: column[start : start + BLOCK] for name, column in columns.items()}


def _plain(column: np.ndarray | Sequence[Any]) -> list[Any]:
    """Python values; a number that is not finite becomes None."""
    array = column if isinstance(column, np.ndarray) else None
    values: list[Any] = (
        array.tolist() if array is not None else [getattr(v, "item", lambda v=v: v)() for v in column]
    )
    if array is not None and array.dtype.kind in "iubU":
        return values
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]


def _cells(column: np.ndarray | Sequence[Any]) -> list[Any]:
    """Values for CSV: text that no spreadsheet runs, all else as it is."""
    values = _plain(column)
    if isinstance(column, np.ndarray) and column.dtype.kind in "iufb":
        return values
    return [harmless(value) if isinstance(value, str) else value for value in values]


class _Lines(list[str]):
    """Lines as csv.writer writes them, ended by a line feed alone.

    The writer quotes the characters of its own line end only: it must believe in CR LF to quote both.
    """

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def _csv(columns: Columns, file: IO[bytes]) -> None:
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(map(harmless, columns))
    for block in _blocks(columns):
        writer.writerows(zip(*map(_cells, block.values()), strict=True))
        file.write("".join(lines).encode())
        lines.clear()


def _json(columns: Columns, file: IO[bytes]) -> None:
    file.write(b"[")
    between = b""
    for block in _blocks(columns):
        rows = zip(*map(_plain, block.values()), strict=True)
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        if records:
            text = json.dumps(records, ensure_ascii=False, allow_nan=False)[1:-1]
            file.write(between + text.encode())
            between = b", "
    file.write(b"]\n")


def _parquet(columns: Columns, file: IO[bytes]) -> None:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "Writing .parquet needs pyarrow. Run: pip install pyarrow; or write .csv or .json."
        ) from error
    blocks = map(_arrow_ready, _blocks(columns) if all(map(_one_type, columns.values())) else [dict(columns)])
    table = arrow.table(next(blocks))
    with parquet.ParquetWriter(file, table.schema) as writer:
        writer.write_table(table)
        for block in blocks:
            writer.write_table(arrow.table(block))


def _one_type(column: np.ndarray | Sequence[Any]) -> bool:
    """Whether every block of a column is sure to be of one type."""
    if not isinstance(column, np.ndarray):
        return False
    return column.dtype.kind != "O" or all(type(value) is str for value in column)


def _arrow_ready(block: Mapping[str, Any]) -> dict[str, Any]:
    """Numpy strings are fixed-width; pyarrow takes them as a list."""
    return {
        name: column
        if isinstance(column, np.ndarray) and column.dtype.kind != "U"
        else list(_plain_str(column))
        for name, column in block.items()
    }


def _plain_str(column: Any) -> Any:
    return column.tolist() if isinstance(column, np.ndarray) else column
