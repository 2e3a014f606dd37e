"""Read embeddings and columns of text from .parquet, block by block; only the columns that count are loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import RawArrays, damaged, refuse_bomb
from hilander.io.columns import (
    LIST_COLUMNS,
    as_ids,
    check_list_type,
    common_type,
    id_columns,
    ids_of,
    is_text,
    list_rows,
    numeric_rows,
    only_counts,
    pyarrow,
    refuse_long,
    refuse_twice,
    value_columns,
)
from hilander.io.pages import refuse_large_pages
from hilander.io.rows import Rows

WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4}  # bytes a value by what Parquet stores; 8 for the others
BATCH_VALUES = 1 << 20
BATCH_TEXTS = 4_096
BUFFER = 1 << 20
ROWS_FREE = 4_000_000


def read_parquet(path: Path) -> RawArrays:
    """Read the list column `embedding`, or the numeric columns; ids by `id`, else by the path of an image."""
    try:
        with opened(path) as file:
            types = column_types(file)
            refuse_twice(file.schema_arrow.names, path)
            lists = [name for name in types if name.lower() in LIST_COLUMNS]
            check_sizes(path, file, [*(lists[:1] or value_columns(types, path)), *id_columns(list(types))])
            rows = _lists(file, lists[0], types, path) if lists else _numbers(file, types, path)
        named = [name for name in id_columns(list(types)) if _names_rows(name, types[name])]
        if not named:
            return RawArrays(rows, None)
        with opened(path, named[0]) as file:
            ids = as_ids([it for (column,) in texts(file, named[:1]) for it in ids_of(column, path)], path)
    except InputError:
        raise
    except broken() as error:
        raise damaged(path, str(error)) from error
    return RawArrays(rows, None if only_counts(named[0], ids) else ids)


def _names_rows(name: str, kind: Any) -> bool:
    """Whether a column is meant as ids: one called id says so, others only if they are text or whole numbers."""
    return name.lower() == "id" or is_text(kind) or pyarrow("types")[1].is_integer(kind)


def broken() -> tuple[type[Exception], ...]:
    """What comes out of a damaged file; InputError is one of them too (a ValueError)."""
    arrow, _ = pyarrow("parquet")
    return arrow.ArrowException, OSError, ValueError, OverflowError, KeyError, IndexError


def opened(path: Path, *as_dictionary: str) -> Any:
    """The file, its columns read piece by piece; of these columns a text that is repeated is held once."""
    _, parquet = pyarrow("parquet")
    return parquet.ParquetFile(
        path, buffer_size=BUFFER, pre_buffer=False, read_dictionary=list(as_dictionary)
    )


def check_sizes(path: Path, file: Any, names: Sequence[str]) -> None:
    """Refuse what these columns would take beyond reason, before any of it is unpacked.

    Raises
    ------
    InputError   more rows than the file has bytes, or a page like a bomb
    ValueError   a damaged page header
    """
    rows, size = file.metadata.num_rows, path.stat().st_size
    if not 0 <= rows <= max(ROWS_FREE, size):
        raise InputError(
            f"{path.name} declares {rows:,} rows in {size:,} bytes, as in a bomb. Write it again from its data."
        )
    refuse_large_pages(path, _chunks(file.metadata, names))


def column_types(file: Any) -> dict[str, Any]:
    return dict(zip(file.schema_arrow.names, file.schema_arrow.types, strict=True))


def column_names(path: Path) -> list[str]:
    """The names of the columns; InputError for a damaged file, or a name that is there twice."""
    try:
        with opened(path) as file:
            names: list[str] = file.schema_arrow.names
    except InputError:
        raise
    except broken() as error:
        raise damaged(path, str(error)) from error
    refuse_twice(names, path)
    return names


def texts(file: Any, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """These columns, a block of rows at a time."""
    for batch in file.iter_batches(batch_size=BATCH_TEXTS, columns=list(names), use_threads=False):
        yield tuple(batch.column(name) for name in names)


def read_texts(path: Path, names: Sequence[str]) -> list[list[str | None]]:
    """Columns as texts, None where there is no value; a whole number as its digits, also where it is kept as 3.0.

    Raises
    ------
    InputError   a damaged file, a column that is neither text nor numbers
    """
    found: list[list[str | None]] = [[] for _ in names]
    try:
        with opened(path) as file:
            as_text = [name for name, kind in column_types(file).items() if name in names and is_text(kind)]
        with opened(path, *as_text) as file:
            check_sizes(path, file, names)
            for columns in texts(file, names):
                for i, (name, column) in enumerate(zip(names, columns, strict=True)):
                    found[i] += _as_texts(column, name, path)
    except InputError:
        raise
    except broken() as error:
        raise damaged(path, str(error)) from error
    return found


def _as_texts(column: Any, name: str, path: Path) -> list[str | None]:
    arrow, _ = pyarrow("types")
    kind = column.type
    if not (is_text(kind) or arrow.types.is_integer(kind) or arrow.types.is_floating(kind)):
        raise InputError(f"{path.name}: column {name!r} must hold texts or numbers; got {kind}.")
    refuse_long(column, path)
    return [None if value is None else _digits(value) for value in column.to_pylist()]


def _digits(value: str | float) -> str | None:
    if not isinstance(value, float):
        return str(value)
    return None if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)


def _numbers(file: Any, types: dict[str, Any], path: Path) -> np.ndarray:
    names = value_columns(types, path)
    _refuse_bomb(file.metadata, names, path)
    dtype = common_type([types[name] for name in names])
    rows = Rows(len(names), dtype, path.name)
    size = max(1, BATCH_VALUES // len(names))
    for batch in file.iter_batches(batch_size=size, columns=names, use_threads=False):
        rows.add(numeric_rows(batch.select(names), dtype, path))
    return rows.array()


def _lists(file: Any, name: str, types: dict[str, Any], path: Path) -> np.ndarray:
    check_list_type(types[name], name, path)
    _refuse_bomb(file.metadata, [name], path)
    dtype, rows, dim = common_type([types[name].value_type]), None, None
    size = max(1, BATCH_VALUES * file.metadata.num_rows // max(1, _values(file.metadata, [name])))
    for batch in file.iter_batches(batch_size=min(size, BATCH_VALUES), columns=[name], use_threads=False):
        block = list_rows(batch.column(name), name, dim, path)
        dim = block.shape[1]
        rows = rows or Rows(dim, dtype, path.name)
        rows.add(block)
    if rows is None:
        raise InputError(f"{path.name} must have one row per image; got no rows. Save it again.")
    return rows.array()


def _chunks(metadata: Any, names: Sequence[str]) -> Iterator[Any]:
    """What the file says of the pieces of these columns."""
    wanted = set(names)
    for group in (metadata.row_group(g) for g in range(metadata.num_row_groups)):
        for chunk in (group.column(i) for i in range(group.num_columns)):
            if chunk.path_in_schema in wanted or chunk.path_in_schema.split(".")[0] in wanted:
                yield chunk


def _values(metadata: Any, names: Sequence[str]) -> int:
    return sum(chunk.num_values for chunk in _chunks(metadata, names))


def _refuse_bomb(metadata: Any, names: Sequence[str], path: Path) -> None:
    """Declared sizes say nothing, since repeated values are stored once: what counts is the size in memory."""
    refuse_bomb(
        path,
        sum(chunk.num_values * WIDTHS.get(chunk.physical_type, 8) for chunk in _chunks(metadata, names)),
    )
