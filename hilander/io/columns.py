"""Read embeddings from tables, .parquet and .csv: one of the two modules that import pyarrow.

    `id` (optional)  +  a list column `embedding`, or the numeric columns  ->  vectors, ids

Columns called label, labels, label_name, class, target or cluster are never vectors. An unnamed
first column, as pandas writes its index, is the id, unless it only counts the rows.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import RawArrays, damaged, refuse_bomb

UNNAMED = ("", "unnamed: 0", "__index_level_0__")
ID_COLUMNS = ("id", *UNNAMED)
LIST_COLUMNS = ("embedding", "embeddings")
NOT_VALUES = {"label", "labels", "label_name", "class", "target", "cluster"}
DELIMITERS = ",;\t"
WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4}  # bytes a value by what Parquet stores; 8 for the others


def read_parquet(path: Path) -> RawArrays:
    """Read a Parquet file; only the columns that count are loaded."""
    arrow, parquet = _pyarrow("parquet")
    try:
        file = parquet.ParquetFile(path)
        names = file.schema_arrow.names
        _refuse_twice(names, path)
        refuse_bomb(path, _bytes_of_values(file.metadata))
        lists = [name for name in names if name.lower() in LIST_COLUMNS]
        chosen = [*_id_columns(names)[:1], *lists] if lists else names
        table = file.read(columns=chosen)
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(path, str(error)) from error
    return _from_table(table, path)


def _bytes_of_values(metadata: Any) -> int:
    """Size of all values in memory. Declared sizes say nothing: repeated values are stored once."""
    chunks = (
        group.column(i)
        for group in (metadata.row_group(g) for g in range(metadata.num_row_groups))
        for i in range(group.num_columns)
    )
    return sum(chunk.num_values * WIDTHS.get(chunk.physical_type, 8) for chunk in chunks)


def read_csv(path: Path) -> RawArrays:
    """Read a CSV file (comma, semicolon, tab); a row of numbers first is data unless it counts 0, 1, ..."""
    arrow, arrow_csv = _pyarrow("csv")
    first = first_line(path)
    delimiter = sniff_delimiter(first)
    cells = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    headless = _is_data(cells)
    names = [f"column {i + 1}" for i in range(len(cells))] if headless else cells
    _refuse_twice(names, path)
    ids = {name: arrow.string() for name in _id_columns(names)}
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=0 if headless else 1),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
            convert_options=arrow_csv.ConvertOptions(
                column_types=ids, null_values=["", "NA", "null", "None"]
            ),
        )
    except (arrow.ArrowException, OSError) as error:
        raise damaged(path, str(error)) from error
    if table.num_rows == 0:
        raise InputError(f"{path.name} must have one row per image; got a header and no rows. Save it again.")
    return _from_table(table, path)


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


def _refuse_twice(names: list[str], path: Path) -> None:
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(
            f"{path.name}: every column needs its own name; got {twice[0]!r} more than once. Rename one."
        )


def _id_columns(names: list[str]) -> list[str]:
    """The column that names the rows, most explicit first; at most one is used."""
    found = [name for wanted in ID_COLUMNS for name in names if name.lower() == wanted]
    return [name for name in found if name != "" or names[0] == ""]


def _from_table(table: Any, path: Path) -> RawArrays:
    names: list[str] = table.column_names
    id_names = _id_columns(names)
    ids = _ids(table.column(id_names[0]), path) if id_names else None
    if (
        ids is not None
        and id_names[0].lower() in UNNAMED
        and ids.tolist() == [str(i) for i in range(len(ids))]
    ):
        ids = None
    lists = [name for name in names if name.lower() in LIST_COLUMNS]
    if lists:
        return RawArrays(_list_column(table.column(lists[0]), lists[0], path), ids)
    values = [name for name in names if name not in id_names and name.lower() not in NOT_VALUES]
    return RawArrays(_numeric_columns(table, values, path), ids)


def _ids(column: Any, path: Path) -> np.ndarray:
    if column.null_count:
        raise InputError(
            f"{path.name}: every row needs an id; got {column.null_count:,} row(s) without one. Fill them in."
        )
    arrow, _ = _pyarrow("types")
    if not (arrow.types.is_integer(column.type) or _is_text(arrow, column.type)):
        raise InputError(
            f"{path.name}: ids must be strings or whole numbers; got {column.type}. Save them as strings."
        )
    try:
        return np.array(column.to_pylist(), dtype=str)
    except UnicodeDecodeError as error:
        raise damaged(path, f"an id is not UTF-8 text: {error}") from error


def _is_text(arrow: Any, kind: Any) -> bool:
    plain = kind.value_type if arrow.types.is_dictionary(kind) else kind
    return bool(arrow.types.is_string(plain) or arrow.types.is_large_string(plain))


def _numeric_columns(table: Any, names: list[str], path: Path) -> np.ndarray:
    arrow, _ = _pyarrow("types")
    types = {name: table.column(name).type for name in names}
    bad = [name for name, kind in types.items() if not _is_number(arrow, kind)]
    if bad or not names:
        got = f"{len(bad)} that are not, first {bad[0]!r} ({types[bad[0]]})" if bad else "none"
        raise InputError(
            f"{path.name} must have columns of numbers, besides optional `id` and `label`; got {got}. "
            "Call the column that names the images `id`, and leave other text out."
        )
    dtype = np.result_type(*{kind.to_pandas_dtype() for kind in types.values()})
    out = np.empty((table.num_rows, len(names)), dtype=dtype)
    for i, name in enumerate(names):
        column = table.column(name)
        if column.null_count:
            raise InputError(
                f"{path.name}: column {name!r} has {column.null_count:,} empty value(s); fill them in."
            )
        out[:, i] = column.to_numpy()
    return out


def _is_number(arrow: Any, kind: Any) -> bool:
    return bool(arrow.types.is_integer(kind) or arrow.types.is_floating(kind) or arrow.types.is_boolean(kind))


def _list_column(column: Any, name: str, path: Path) -> np.ndarray:
    arrow, _ = _pyarrow("types")
    kind = column.type
    is_list = (
        arrow.types.is_list(kind) or arrow.types.is_large_list(kind) or arrow.types.is_fixed_size_list(kind)
    )
    if not is_list or not _is_number(arrow, kind.value_type):
        raise InputError(
            f"{path.name}: column {name!r} must hold lists of numbers; got {kind}. Save it as float lists."
        )
    compute = arrow.compute
    lengths = compute.fill_null(compute.list_value_length(column), 0).to_numpy()
    if lengths.size == 0 or lengths.min() != lengths.max() or column.null_count:
        spread = f"{lengths.min()} to {lengths.max()} values" if lengths.size else "no rows"
        raise InputError(
            f"{path.name}: every {name!r} must have the same length; got {spread}. Are they all of one model?"
        )
    flat = compute.list_flatten(column)
    if flat.null_count:
        raise InputError(
            f"{path.name}: {name!r} has {flat.null_count:,} empty value(s) inside its lists; fill them in."
        )
    values: np.ndarray = flat.to_numpy().reshape(len(lengths), -1)
    return values


def _pyarrow(part: str) -> tuple[Any, Any]:
    """Give pyarrow and one of its parts; loaded here so that clustering a .npy needs neither."""
    try:
        import pyarrow as arrow
        import pyarrow.compute
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("Reading .parquet and .csv needs pyarrow. Run: pip install pyarrow") from error
    return arrow, getattr(arrow, part)
