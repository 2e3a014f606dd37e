"""Tables of columns by pyarrow: one of the two modules that import it. Which column is what, and its values.

    `id`, or the path of an image (optional)  +  a list column `embedding`, or the numeric columns

Columns called label, labels, label_name, class, target or cluster are never vectors, nor are bytes and paths of
images. An unnamed first column, as pandas writes its index, is the id, unless it only counts the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.texts import MAX_ID, text_array

UNNAMED = ("", "unnamed: 0", "__index_level_0__")
PATH_COLUMNS = ("path", "image_path", "file", "file_name", "filename", "image")
ID_COLUMNS = ("id", *PATH_COLUMNS, *UNNAMED)
LIST_COLUMNS = ("embedding", "embeddings")
NOT_VALUES = {"label", "labels", "label_name", "class", "target", "cluster"}


def pyarrow(part: str) -> tuple[Any, Any]:
    """Give pyarrow and one of its parts; loaded here so that clustering a .npy needs neither."""
    try:
        import pyarrow as arrow
        import pyarrow.compute
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("Reading .parquet and .csv needs pyarrow. Run: pip install pyarrow") from error
    return arrow, getattr(arrow, part)


def refuse_twice(names: Sequence[str], path: Path) -> None:
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(
            f"{path.name}: every column needs its own name; got {twice[0]!r} more than once. Rename one."
        )


def id_columns(names: Sequence[str]) -> list[str]:
    """The columns that can name the rows, most explicit first; one that does is used."""
    found = [name for wanted in ID_COLUMNS for name in names if name.lower() == wanted]
    return [name for name in found if name != "" or names[0] == ""]


def only_counts(name: str, ids: np.ndarray) -> bool:
    """Whether an unnamed column is no more than the row numbers, as pandas writes them."""
    return name.lower() in UNNAMED and ids.tolist() == [str(i) for i in range(len(ids))]


def ids_of(column: Any, path: Path) -> list[str]:
    """The ids in a block of rows."""
    if column.null_count:
        raise InputError(
            f"{path.name}: every row needs an id; got {column.null_count:,} row(s) without one. Fill them in."
        )
    arrow, _ = pyarrow("types")
    if not (arrow.types.is_integer(column.type) or is_text(column.type)):
        raise InputError(
            f"{path.name}: ids must be strings or whole numbers; got {column.type}. Save them as strings."
        )
    refuse_long(column, path)
    return [str(value) for value in column.to_pylist()]


def refuse_long(column: Any, path: Path) -> None:
    """InputError for a text of more than `MAX_ID` bytes, before it is made a Python string many times over."""
    arrow, compute = pyarrow("compute")
    if not is_text(column.type):
        return
    chunks = column.chunks if isinstance(column, arrow.ChunkedArray) else [column]
    for chunk in chunks:
        texts = chunk.dictionary if arrow.types.is_dictionary(chunk.type) else chunk
        longest = compute.max(compute.binary_length(texts)).as_py() or 0
        if longest > MAX_ID:
            raise InputError(
                f"{path.name}: ids and labels may have {MAX_ID:,} bytes; got one of {longest:,}. Shorten it."
            )


def is_text(kind: Any) -> bool:
    arrow, _ = pyarrow("types")
    plain = kind.value_type if arrow.types.is_dictionary(kind) else kind
    return bool(arrow.types.is_string(plain) or arrow.types.is_large_string(plain))


def is_number(kind: Any) -> bool:
    arrow, _ = pyarrow("types")
    return bool(arrow.types.is_integer(kind) or arrow.types.is_floating(kind) or arrow.types.is_boolean(kind))


def is_bytes(kind: Any) -> bool:
    arrow, _ = pyarrow("types")
    return bool(arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind))


def value_columns(types: dict[str, Any], path: Path) -> list[str]:
    """The columns of numbers that are the vectors; InputError where there are none, or others besides."""
    ids = id_columns(list(types))
    names = [
        name
        for name, kind in types.items()
        if name not in ids and name.lower() not in NOT_VALUES and not _is_image(kind)
    ]
    bad = [name for name in names if not is_number(types[name])]
    if bad or not names:
        got = f"{len(bad)} that are not, first {bad[0]!r} ({types[bad[0]]})" if bad else "none"
        raise InputError(
            f"{path.name} must have columns of numbers, besides optional `id` and `label`; got {got}. "
            "Call the column that names the images `id`, and leave other text out."
        )
    return names


def _is_image(kind: Any) -> bool:
    """Whether a column holds images: bytes, or bytes and a path."""
    arrow, _ = pyarrow("types")
    inner = [kind.field(i).type for i in range(kind.num_fields)] if arrow.types.is_struct(kind) else [kind]
    return any(map(is_bytes, inner))


def common_type(types: Sequence[Any]) -> np.dtype[Any]:
    """The numpy type that holds the values of all these columns."""
    return np.result_type(*{np.dtype(kind.to_pandas_dtype()) for kind in types})


def numeric_rows(table: Any, dtype: np.dtype[Any], path: Path) -> np.ndarray:
    """(rows, columns): a block of numeric columns side by side."""
    out = np.empty((table.num_rows, table.num_columns), dtype=dtype)
    for i, name in enumerate(table.schema.names):
        column = table.column(i)
        if column.null_count:
            raise InputError(
                f"{path.name}: column {name!r} has {column.null_count:,} empty value(s); fill them in."
            )
        out[:, i] = column.to_numpy(zero_copy_only=False)
    return out


def check_list_type(kind: Any, name: str, path: Path) -> None:
    arrow, _ = pyarrow("types")
    is_list = (
        arrow.types.is_list(kind) or arrow.types.is_large_list(kind) or arrow.types.is_fixed_size_list(kind)
    )
    if not is_list or not is_number(kind.value_type):
        raise InputError(
            f"{path.name}: column {name!r} must hold lists of numbers; got {kind}. Save it as float lists."
        )


def list_rows(column: Any, name: str, dim: int | None, path: Path) -> np.ndarray:
    """(rows, d): a block of lists of one length, `dim` where that is known."""
    compute = pyarrow("compute")[1]
    lengths = compute.fill_null(compute.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    known = lengths.tolist()[:1] if dim is None else [dim]
    all_lengths = np.concatenate([lengths, known])
    if all_lengths.size == 0 or all_lengths.min() != all_lengths.max() or column.null_count:
        low, high = (int(all_lengths.min()), int(all_lengths.max())) if all_lengths.size else (0, 0)
        raise InputError(
            f"{path.name}: every {name!r} must have the same length; got {low} to {high} values. "
            "Are they all of one model?"
        )
    flat = compute.list_flatten(column)
    if flat.null_count:
        raise InputError(
            f"{path.name}: {name!r} has {flat.null_count:,} empty value(s) inside its lists; fill them in."
        )
    values: np.ndarray = flat.to_numpy(zero_copy_only=False).reshape(len(lengths), -1)
    return values


def as_ids(found: list[str], path: Path) -> np.ndarray:
    return text_array(found, path.name)
