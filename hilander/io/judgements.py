"""Pairs of images judged the same or different: a CSV with the columns a, b and same.

    CSV + ids  ->  row numbers of both images, yes or no

An empty `same` is a question that nobody has answered yet, and is left out. Knows nothing about clusters.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.io.delimited import first_line, sniff_delimiter
from hilander.io.embeddings import check_file
from hilander.io.formulas import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("a", "b", "same")
WORDS = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


@dataclass(frozen=True)
class Judged:
    """a, b : int64 (k,) row numbers;  same : bool (k,);  unanswered : lines whose `same` is empty."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    same: NDArray[np.bool_]
    unanswered: int = 0

    def __len__(self) -> int:
        return len(self.same)


def read_judged(path: Path | str, ids: NDArray[Any]) -> Judged:
    """Read judged pairs of the images that `ids` names, row by row.

    Raises
    ------
    InputError   missing or empty file, missing columns, unknown ids, an image paired with itself, a `same` that is
                 neither yes, no, 1, 0, true nor false, no answer at all
    """
    path = Path(path)
    check_file(path, "a CSV of pairs")
    rows = _rows(path)
    row_of = {str(name): i for i, name in enumerate(ids)}
    found = [(*_images(path, line, row, row_of), _same(path, line, row[2])) for line, row in rows]
    told = [one for one in found if one[2] is not None]
    if not told:
        raise InputError(
            f"{path.name} must have at least one answered pair; got {len(found)} without an answer. "
            "Write yes or no in the column same."
        )
    a, b, same = zip(*told, strict=True)
    return Judged(np.array(a), np.array(b), np.array(same, bool), len(found) - len(told))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and the three cells of every line."""
    delimiter = sniff_delimiter(first_line(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            header = [cell.strip().lower() for cell in next(reader, [])]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise InputError(
                    f"{path.name} must have the columns a, b and same; {' and '.join(missing)} missing, "
                    f"got {', '.join(header[:8]) or 'nothing'}. Name them in the first line."
                )
            where = [header.index(name) for name in COLUMNS]
            rows = [(reader.line_num, _cells(path, reader.line_num, row, where)) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name} must be CSV in UTF-8; reading it failed: {error}. Save it as CSV UTF-8."
        ) from error
    if not rows:
        raise InputError(f"{path.name} must have one line per pair; got a header and no lines. Add some.")
    return rows


def _cells(path: Path, line: int, row: list[str], where: list[int]) -> list[str]:
    if len(row) <= max(where):
        raise InputError(
            f"{path.name}, line {line}: expected at least {max(where) + 1} values; got {len(row)}. "
            "Fill the line up or remove it."
        )
    return [shown(row[i].strip()) for i in where]


def _images(path: Path, line: int, row: list[str], row_of: dict[str, int]) -> tuple[int, int]:
    for name in row[:2]:
        if name not in row_of:
            raise InputError(
                f"{path.name}, line {line}: expected ids of this run, first {next(iter(row_of))!r}; "
                f"got {name[:80]!r}. Use the ids that `hilander cut` writes."
            )
    a, b = row_of[row[0]], row_of[row[1]]
    if a == b:
        raise InputError(
            f"{path.name}, line {line}: expected two images; got {row[0]!r} twice. Remove the line."
        )
    return a, b


def _same(path: Path, line: int, word: str) -> bool | None:
    if not word:
        return None
    if word.lower() not in WORDS:
        raise InputError(
            f"{path.name}, line {line}: same must be yes, no, 1 or 0, or empty where not answered; "
            f"got {word[:40]!r}. Correct the line."
        )
    return WORDS[word.lower()]
