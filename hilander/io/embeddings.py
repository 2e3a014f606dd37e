"""Read embeddings from any of the accepted files, chosen by suffix, into one checked type.

    .npy .npz .safetensors .pt .parquet .csv .pkl  ->  EmbeddingSet

Knows nothing about graphs or clusters; does not normalise (see `vectors`), so a .npy stays memory-mapped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import RawArrays, read_npy, read_npz
from hilander.io.delimited import read_csv
from hilander.io.parquet import read_parquet
from hilander.io.pickled import read_pickle
from hilander.io.tensors import read_safetensors, read_torch
from hilander.io.texts import is_unicode
from hilander.io.vectors import check_matrix

READERS: dict[str, Callable[[Path], RawArrays]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".safetensors": read_safetensors,
    ".pt": read_torch,
    ".pkl": read_pickle,
}


@dataclass(frozen=True)
class EmbeddingSet:
    """Vectors as the file holds them, and what the file calls its rows.

    Attributes
    ----------
    x : (n, d) real numbers, any real dtype, maybe memory-mapped; n, d >= 1; not normalised, NaN allowed
    ids : str (n,), unique, not empty; None when the file names none
    name : file name without suffix
    files : where the rows of several files were put together, these and the rows of each, in order
    """

    x: np.ndarray
    ids: np.ndarray | None
    name: str
    files: tuple[tuple[Path, int], ...] = ()

    @property
    def n(self) -> int:
        return int(self.x.shape[0])

    @property
    def dim(self) -> int:
        return int(self.x.shape[1])

    def id_list(self) -> np.ndarray:
        """Give str (n,): the ids, or the row numbers "0" to "n-1" when there are none."""
        return np.arange(self.n).astype(str) if self.ids is None else self.ids


def read_embeddings(path: Path | str) -> EmbeddingSet:
    """Read a file of embeddings.

    npz, safetensors and pt: the array `embeddings`, `features` or `x`, else the only 2-d one; optional `ids`.
    parquet: a list column `embedding`, or the numeric columns, beside images or paths if it likes; optional `id`,
    else the path names the row. csv: the numeric columns; the same ids; one whose first row is all numbers has no
    header (unless it counts 0, 1, 2, ...). pkl: numpy arrays in lists and tuples. What does not fit into memory
    easily is memory-mapped, from the file itself or from a temporary one.

    Raises
    ------
    InputError   missing, empty, cut short, wrong kind of file, not a matrix of real numbers, ids not unique
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    check_file(path, "an embeddings file")
    if reader is None:
        raise InputError(
            f"{path.name} must be one of {', '.join(READERS)}; got {path.suffix or 'no suffix'}. "
            "Save the embeddings as one of these; .npy is the fastest."
        )
    raw = reader(path)
    check_matrix(raw.x, name=path.name)
    return EmbeddingSet(raw.x, _checked_ids(raw, path), path.stem)


def check_file(path: Path, what: str, name: str = "") -> None:
    """InputError unless `path` is a file with something in it that may be read.

    `name` is what people call it, where they did not give its path.
    """
    name = name or str(path)
    if path.is_dir():
        raise InputError(f"{name} must be {what}; got a folder. Name the file inside it.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise InputError(f"{name} must be {what}; there is no such file. Check the path.") from None
    except OSError as error:
        raise InputError(f"{name} must be {what}; opening it failed: {error.strerror or error}.") from error
    if empty:
        raise InputError(f"{path.name} must be {what}; got an empty file (0 bytes). Save or upload it again.")


def _checked_ids(raw: RawArrays, path: Path) -> np.ndarray | None:
    if raw.ids is None:
        return None
    if raw.ids.shape != (len(raw.x),) or raw.ids.dtype.kind not in "iuUS":
        raise InputError(
            f"{path.name}: ids must be {len(raw.x):,} strings or whole numbers, one a row; "
            f"got shape {raw.ids.shape} of {raw.ids.dtype}."
        )
    ids = _text(raw.ids, path)
    values, first, counts = np.unique(ids, return_index=True, return_counts=True)
    if (values == "").any():
        raise InputError(
            f"{path.name}: every row needs an id; row {first[0]} (counted from 0) has none. Fill it in."
        )
    if (counts > 1).any():
        worst = int(np.argmax(counts))
        raise InputError(
            f"{path.name}: ids must be unique; got {str(values[worst])!r} {counts[worst]} times "
            f"and {int((counts > 1).sum()):,} repeated id(s) in all. Give every image its own id."
        )
    return ids


def _text(ids: np.ndarray, path: Path) -> np.ndarray:
    try:
        texts = np.char.decode(ids, "utf-8") if ids.dtype.kind == "S" else ids.astype(str)
        if not is_unicode(texts):
            raise InputError(f"{path.name}: ids must be text; some of their letters are none. Save it again.")
        return texts
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name}: ids must be text in UTF-8; got {error.object[:40]!r}. Save them as strings."
        ) from error
