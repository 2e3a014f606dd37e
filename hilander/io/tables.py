"""Write columns as CSV, Parquet or JSON, atomically. The other module that imports pyarrow, only for Parquet.

Knows nothing about what the columns mean.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import atomic_path

Format = Literal["csv", "parquet", "json"]
Columns = Mapping[str, np.ndarray | Sequence[Any]]


def write_table(columns: Columns, path: Path | str) -> None:
    """Write columns of equal length to a .csv, .parquet or .json file; it is there whole or not at all.

    Raises
    ------
    InputError   another suffix, or a place that cannot be written
    """
    path = Path(path)
    fmt = table_format(path)
    with atomic_path(path) as temporary:
        temporary.write_bytes(table_bytes(columns, fmt))


def table_format(path: Path | str) -> Format:
    """The format that a path's suffix names; InputError for another suffix (call it before long work)."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    for fmt in get_args(Format):
        if suffix == fmt:
            return fmt  # type: ignore[no-any-return]
    raise InputError(f"{Path(path).name} must end in .csv, .parquet or .json; got {suffix or 'no suffix'}.")


def table_bytes(columns: Columns, fmt: Format) -> bytes:
    """The same table as bytes. JSON is a list of records; NaN and infinity are null there, empty in CSV.

    Raises
    ------
    ValueError   columns of different lengths, another format
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be of equal length; got {lengths}.")
    if fmt == "parquet":
        return _parquet(columns)
    values = [_plain(column) for column in columns.values()]
    if fmt == "csv":
        return _csv(list(columns), values)
    if fmt == "json":
        records = [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
        return (json.dumps(records, ensure_ascii=False, allow_nan=False) + "\n").encode()
    raise ValueError(f"fmt must be csv, parquet or json; got {fmt!r}.")


def _plain(column: np.ndarray | Sequence[Any]) -> list[Any]:
    """Python values; a number that is not finite becomes None."""
    array = column if isinstance(column, np.ndarray) else None
    values: list[Any] = (
        array.tolist() if array is not None else [getattr(v, "item", lambda v=v: v)() for v in column]
    )
    if array is not None and array.dtype.kind in "iubU":
        return values
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]


class _Lines(list[str]):
    """Lines as csv.writer writes them, ended by a line feed alone.

    The writer quotes the characters of its own line end only: it must believe in CR LF to quote both.
    """

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def _csv(names: list[str], values: list[list[Any]]) -> bytes:
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(zip(*values, strict=True))
    return "".join(lines).encode()


def _parquet(columns: Columns) -> bytes:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "Writing .parquet needs pyarrow. Run: pip install pyarrow; or write .csv or .json."
        ) from error
    arrays = {
        name: column if isinstance(column, np.ndarray) else list(column) for name, column in columns.items()
    }
    # numpy strings are fixed-width; pyarrow takes them as a list
    ready = {
        n: a.tolist() if isinstance(a, np.ndarray) and a.dtype.kind == "U" else a for n, a in arrays.items()
    }
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(ready), buffer)
    return buffer.getvalue()
