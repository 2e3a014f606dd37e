"""Known labels of some images: read them, and line them up with the rows of the embeddings.

Knows nothing about clusters or metrics. Labels are text; an empty label means unknown.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.delimited import first_line, sniff_delimiter
from hilander.io.embeddings import check_file
from hilander.io.formulas import shown
from hilander.io.names import match_names
from hilander.io.parquet import column_names, read_texts
from hilander.io.texts import text_array


@dataclass(frozen=True)
class Labels:
    """A labels file: str (n,) each, in the file's order; ids unique; label "" is unknown."""

    ids: np.ndarray
    labels: np.ndarray
    names: np.ndarray | None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class AlignedLabels:
    """Labels row by row of the embeddings.

    Attributes
    ----------
    codes : int64 (n,), position in `class_names`; -1 unknown
    class_names : label_name of each class where the file has it, else its label
    note : what a person should know about how the rows were matched; None when rows and label ids match one
        to one by id
    """

    codes: np.ndarray
    class_names: list[str]
    note: str | None


def read_labels(path: Path | str) -> Labels:
    """Read a CSV or Parquet file with the columns id and label, and label_name and others if it likes.

    Raises
    ------
    InputError   missing or empty file, missing columns, short lines, ids empty or repeated
    """
    path = Path(path)
    check_file(path, "a labels file, CSV or Parquet")
    rows = _from_parquet(path) if path.suffix.lower() == ".parquet" else _from_csv(path)
    if not rows:
        raise InputError(f"{path.name} must have one row per labelled image; got a header and no rows.")
    columns = [text_array(column, path.name) for column in zip(*rows, strict=True)]
    _refuse_repeated(columns[0], path)
    return Labels(columns[0], columns[1], columns[2] if len(columns) > 2 else None)


def _from_csv(path: Path) -> list[list[str]]:
    delimiter = sniff_delimiter(first_line(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            header = [cell.strip().lower() for cell in next(reader, [])]
            wanted = _columns(header, path)
            return [_cells(row, wanted, reader.line_num, path) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name} must be CSV in UTF-8; reading it failed: {error}. Save it as CSV UTF-8."
        ) from error


def _from_parquet(path: Path) -> list[list[str]]:
    names = column_names(path)
    wanted = [names[i] for i in _columns([name.strip().lower() for name in names], path)]
    columns = [[(text or "").strip() for text in column] for column in read_texts(path, wanted)]
    for row, name in enumerate(columns[0]):
        if not name:
            raise InputError(
                f"{path.name}, row {row} (counted from 0): expected an id; got none. Fill it in."
            )
    return [list(row) for row in zip(*columns, strict=True)]


def align_labels(labels: Labels, ids: np.ndarray | None, n: int) -> AlignedLabels:
    """Give each of n rows its class.

    With ids: by id, else by file name without folders or suffix. Without ids the rows are called 0 to n-1;
    when no label id is such a number and there are n of them, row i takes the i-th id in sorted order, and
    the note says so.

    Raises
    ------
    InputError   nothing matches
    """
    if ids is not None and len(ids) != n:
        raise ValueError(f"ids must have {n} entries, one a row; got {len(ids)}.")
    if ids is None:
        where, note = _by_row_number(labels, n)
    else:
        where, way = match_names([str(name) for name in ids], [str(name) for name in labels.ids])
        note = None if way == "name" else f"Labels were matched by {way}."
    if not (where >= 0).any():
        raise _nothing_matches(labels, ids, n)
    codes, class_names = _codes(labels)
    aligned = np.where(where >= 0, codes[where], -1)
    notes = [note, _unused(labels, where), _unknown(aligned)]
    return AlignedLabels(aligned, class_names, " ".join(filter(None, notes)) or None)


def _columns(header: list[str], path: Path) -> list[int]:
    missing = [name for name in ("id", "label") if name not in header]
    if missing:
        raise InputError(
            f"{path.name} must have the columns id and label; {' and '.join(missing)} missing, "
            f"got {', '.join(header[:8]) or 'nothing'}. Name them in the first line."
        )
    return [header.index(name) for name in ("id", "label", "label_name") if name in header]


def _cells(row: list[str], wanted: list[int], line: int, path: Path) -> list[str]:
    if len(row) <= max(wanted):
        raise InputError(
            f"{path.name}, line {line}: expected at least {max(wanted) + 1} values; got {len(row)}."
        )
    cells = [shown(row[i].strip()) for i in wanted]
    if not cells[0]:
        raise InputError(
            f"{path.name}, line {line}: expected an id; got an empty one. Fill it in or remove the line."
        )
    return cells


def _refuse_repeated(ids: np.ndarray, path: Path) -> None:
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        worst = int(np.argmax(counts))
        raise InputError(
            f"{path.name} must have every id once; got {str(values[worst])!r} {counts[worst]} times and "
            f"{int((counts > 1).sum()):,} repeated id(s) in all. Remove the repeated lines."
        )


def _by_row_number(labels: Labels, n: int) -> tuple[np.ndarray, str | None]:
    place = {str(name): i for i, name in enumerate(labels.ids)}
    where = np.array([place.get(str(row), -1) for row in range(n)], dtype=np.int64)
    if (where >= 0).any() or len(labels) != n:
        return where, None
    note = (
        f"The embeddings name no ids, so row i took the label of the i-th label id in sorted order "
        f"({min(labels.ids.tolist())} first)."
    )
    return np.argsort(labels.ids, kind="stable").astype(np.int64), note


def _nothing_matches(labels: Labels, ids: np.ndarray | None, n: int) -> InputError:
    rows = f"rows 0 to {n - 1} without ids" if ids is None else f"{n:,} ids, first {str(ids[0])!r}"
    return InputError(
        f"The labels must name the embeddings' ids; got {rows}, and {len(labels):,} label ids, first "
        f"{str(labels.ids[0])!r}: none match. Use the same ids in both, or label every row once."
    )


def _codes(labels: Labels) -> tuple[np.ndarray, list[str]]:
    """Class number of each label (-1 where empty) numbers in numeric order first, and the names."""
    classes = sorted(set(labels.labels.tolist()) - {""}, key=_numeric_key)
    code = {label: i for i, label in enumerate(classes)} | {"": -1}
    codes = np.array([code[label] for label in labels.labels.tolist()], dtype=np.int64)
    names = list(classes)
    if labels.names is not None:
        known, first = np.unique(codes, return_index=True)
        for i, row in zip(known.tolist(), first.tolist(), strict=True):
            if i >= 0 and labels.names[row]:
                names[i] = str(labels.names[row])
    return codes, names


def _numeric_key(label: str) -> tuple[int, int, str, str]:
    """Sorts whole numbers of any length by value (more digits, then the digits), then the other texts."""
    digits = label.lstrip("0") if label.isascii() and label.isdigit() else None
    return (1, 0, "", label) if digits is None else (0, len(digits), digits, label)


def _unused(labels: Labels, where: np.ndarray) -> str | None:
    """Which label ids fit no row, in the file's order."""
    fits = np.zeros(len(labels), dtype=bool)
    fits[where[where >= 0]] = True
    ids = labels.ids[~fits].tolist()
    if not ids:
        return None
    first = ", ".join(repr(name) for name in ids[:3])
    return f"{len(ids):,} of {len(labels):,} label ids fit no row, first {first}."


def _unknown(codes: np.ndarray) -> str | None:
    unknown = int((codes < 0).sum())
    return f"{unknown:,} of {len(codes):,} rows have no known label." if unknown else None
