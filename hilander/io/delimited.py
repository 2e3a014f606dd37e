"""Read embeddings from .csv: comma, semicolon or tab, in UTF-8, block by block. Also the first line of a text."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import RawArrays, damaged
from hilander.io.columns import (
    LIST_COLUMNS,
    as_ids,
    id_columns,
    ids_of,
    numeric_rows,
    only_counts,
    pyarrow,
    refuse_twice,
    value_columns,
)
from hilander.io.rows import Rows

DELIMITERS = ",;\t"
BLOCK_BYTES = 4 << 20
EMPTY = ["", "NA", "null", "None"]


def read_csv(path: Path) -> RawArrays:
    """Read a CSV file; a row of numbers first is data unless it counts 0, 1, ..."""
    arrow, _ = pyarrow("csv")
    first = first_line(path)
    delimiter = sniff_delimiter(first)
    try:
        cells = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    except csv.Error as error:
        raise damaged(path, f"its first line: {error}") from error
    if not cells:
        raise InputError(
            f"{path.name} must begin with the names of its columns or a row of numbers; got an empty first line. "
            "Remove it."
        )
    headless = _is_data(cells)
    names = [f"column {i + 1}" for i in range(len(cells))] if headless else cells
    refuse_twice(names, path)
    try:
        return _by_blocks(path, names, _Dialect(delimiter, 0 if headless else 1))
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(path, str(error)) from error


class _Dialect:
    """How pyarrow is to read the file: where its rows begin and what is between two cells."""

    def __init__(self, delimiter: str, skip: int) -> None:
        self.delimiter, self.skip = delimiter, skip

    def open(self, path: Path, names: list[str], types: dict[str, Any], only: list[str]) -> Any:
        _, arrow_csv = pyarrow("csv")
        return arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows=self.skip, block_size=BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, null_values=EMPTY, include_columns=only
            ),
        )


def _by_blocks(path: Path, names: list[str], dialect: _Dialect) -> RawArrays:
    arrow, _ = pyarrow("csv")
    id_name = next(iter(id_columns(names)), None)
    as_text = {} if id_name is None else {id_name: arrow.string()}
    with dialect.open(path, names, as_text, []) as reader:  # the kinds of the columns, by the first block
        kinds = dict(zip(names, reader.schema.types, strict=True))
    values = _numbers(path, kinds)
    only = values if id_name is None else [*values, id_name]
    rows, ids = Rows(len(values), np.dtype(np.float64), path.name), []
    with dialect.open(path, names, dict.fromkeys(values, arrow.float64()) | as_text, only) as reader:
        for batch in reader:
            rows.add(numeric_rows(batch.select(values), np.dtype(np.float64), path))
            ids += [] if id_name is None else ids_of(batch.column(id_name), path)
    x = rows.array()
    if len(x) == 0:
        raise InputError(f"{path.name} must have one row per image; got a header and no rows. Save it again.")
    found = None if id_name is None else as_ids(ids, path)
    return RawArrays(x, None if found is None or only_counts(id_name or "", found) else found)


def _numbers(path: Path, kinds: dict[str, Any]) -> list[str]:
    """The columns that are vectors. One that is empty in the first block counts as numbers: what follows decides."""
    arrow, _ = pyarrow("types")
    lists = [name for name in kinds if name.lower() in LIST_COLUMNS]
    if lists:
        raise InputError(
            f"{path.name}: column {lists[0]!r} must hold lists of numbers, which CSV cannot; "
            "give one column a value, or save it as Parquet."
        )
    plain = {name: arrow.float64() if arrow.types.is_null(kind) else kind for name, kind in kinds.items()}
    return value_columns(plain, path)


def first_line(path: Path) -> str:
    """The first line of a text file; InputError when the file is not UTF-8 text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(10_000_000).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} must be UTF-8 text; got other bytes ({error.reason}). Save it as CSV UTF-8."
        ) from error
    if "\0" in line:
        raise InputError(f"{path.name} must be UTF-8 text; got binary data. Is it really a CSV file?")
    return line


def sniff_delimiter(line: str) -> str:
    """The delimiter of a header line: the most frequent of comma, semicolon and tab."""
    return max(DELIMITERS, key=line.count)


def _is_data(cells: list[str]) -> bool:
    """Whether a first row is values, not names: all numbers, and not 0, 1, 2, ... as pandas names columns."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return False
    return numbers != list(range(len(cells))) or len(cells) == 1
