"""Read a cut back: the CSV with id, cluster and peak that `hilander cut` and the app give."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.io.embeddings import check_file
from hilander.io.formulas import shown
from hilander.io.texts import text_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("id", "cluster", "peak")


def read_cut(path: Path) -> dict[str, NDArray[Any]]:
    """The three columns: id and peak str (n,), cluster int64 (n,), 0 or more.

    Raises
    ------
    InputError   not such a file, or without rows
    """
    check_file(path, "the CSV of a cut")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path.name} {_WANTED}; {' and '.join(missing)} missing. {_NEXT}")
            rows = [tuple(shown(row[name] or "") for name in COLUMNS) for row in reader]
        ids, clusters, peaks = zip(*rows, strict=True) if rows else ((), (), ())
        number = np.array([int(it) for it in clusters], dtype=np.int64)
    except (UnicodeDecodeError, csv.Error, ValueError, OverflowError) as error:
        raise InputError(f"{path.name} {_WANTED}; reading it failed: {error}. {_NEXT}") from error
    if not len(number) or number.min() < 0:
        raise InputError(f"{path.name} {_WANTED}, clusters from 0 on; got none or others. {_NEXT}")
    return {"id": text_array(ids, path.name), "cluster": number, "peak": text_array(peaks, path.name)}


_WANTED = "must be the CSV of a cut, with the columns id, cluster and peak"
_NEXT = "Give what `hilander cut` or the app's Download wrote, or a run's folder."
