"""Embeddings in several files, one after the other: a folder of .npy or .parquet shards, or a single file.

    folder  ->  names in natural order  ->  unit rows by number, read when they are asked for

Whoever opens the same folder under the same path reads the same rows. Knows nothing about graphs or who reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.embeddings import EmbeddingSet, check_file, read_embeddings
from hilander.io.rows import Rows
from hilander.io.vectors import blocks, forget, unit_vectors

SUFFIXES = (".npy", ".parquet")
KEPT = 4  # files that stay open; a .parquet is read whole, into a temporary file where it is large


def shard_files(path: Path | str) -> list[Path]:
    """The shards of a folder in natural order, part-2 before part-10; a single file by itself.

    Other files in the folder, and hidden ones, are left alone.

    Raises
    ------
    InputError   no shards, both kinds, another kind of file
    """
    path = Path(path)
    if not path.is_dir():
        check_file(path, "an embeddings file, or a folder of shards")
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(
                f"{path.name} must be .npy or .parquet, or a folder of such shards; got {path.suffix or 'no suffix'}. "
                "Save the embeddings as one of these."
            )
        return [path.resolve()]
    found = [it for it in path.resolve().iterdir() if it.suffix.lower() in SUFFIXES and it.name[0] != "."]
    kinds = sorted({it.suffix.lower() for it in found})
    if not kinds:
        raise InputError(
            f"{path} must be an embeddings file, or a folder of .npy or .parquet shards; got a folder without any. "
            "Check the path."
        )
    if len(kinds) > 1:
        raise InputError(
            f"{path} must hold shards of one kind; got {' and '.join(kinds)}. Move one kind away."
        )
    return sorted(found, key=_natural)


def _natural(path: Path) -> tuple[list[Any], str]:
    parts = re.split(r"(\d+)", path.name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], path.name


def read_shards(path: Path) -> EmbeddingSet:
    """All shards as one set, in memory or a temporary file; ids where all shards have some."""
    files = shard_files(path)
    sets = [read_embeddings(file) for file in files]
    check_alike(files, [(one.n, one.dim) for one in sets])
    rows = Rows(sets[0].dim, np.result_type(*(one.x.dtype for one in sets)), path.name)
    for one in sets:
        for start, stop in blocks(*one.x.shape):
            rows.add(np.asarray(one.x[start:stop]))
            forget(one.x)
    ids, each = joined_ids(files, [one.ids for one in sets]), [one.n for one in sets]
    return EmbeddingSet(rows.array(), ids, path.name, tuple(zip(files, each, strict=True)))


def check_alike(files: Sequence[Path], shapes: Sequence[tuple[int, int]]) -> None:
    """InputError unless all shards have as many values a row as the first."""
    for file, (_, dim) in zip(files, shapes, strict=True):
        if dim != shapes[0][1]:
            raise InputError(
                f"{file.name} must have {shapes[0][1]:,} values a row as {files[0].name} has; got {dim:,}. "
                "Are they all of one model?"
            )


def joined_ids(files: Sequence[Path], ids: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """The ids of all shards, one after the other; None where none has any.

    Raises
    ------
    InputError   some shards have ids and others not, or an id stands in two of them
    """
    there = [one for one in ids if one is not None]
    if not there:
        return None
    if len(there) < len(ids):
        without = files[next(i for i, one in enumerate(ids) if one is None)]
        raise InputError(
            f"every shard must have ids, or none; got none in {without.name}. Add the column `id`."
        )
    joined = np.concatenate(there)
    values, first, counts = np.unique(joined, return_index=True, return_counts=True)
    if (counts > 1).any():
        worst = int(np.argmax(counts))
        ends = np.cumsum([len(one) for one in there])
        file = files[int(np.searchsorted(ends, first[worst], side="right"))]
        raise InputError(
            f"ids must be unique in all shards; got {str(values[worst])!r} {counts[worst]} times, first in "
            f"{file.name}. Give every image its own id."
        )
    return joined


@dataclass(frozen=True)
class Shards:
    """files : in order;  starts : the number of each one's first row, then that of all rows;  dim : values a row."""

    files: tuple[Path, ...]
    starts: tuple[int, ...]
    dim: int

    @property
    def n(self) -> int:
        return self.starts[-1]

    def unit_rows(self, rows: np.ndarray) -> np.ndarray:
        """float32 (len(rows), d): these rows, int64 numbers in any order, made unit."""
        out = np.empty((len(rows), self.dim), np.float32)
        shard = np.searchsorted(self.starts, rows, side="right") - 1
        for s in np.unique(shard):
            here = np.flatnonzero(shard == s)
            x = read_shard(self.files[s])
            for start, stop in blocks(len(here), self.dim):
                wanted = here[start:stop]
                inside = rows[wanted] - self.starts[s]
                out[wanted] = unit_vectors(_some(x, inside), name=self.files[s].name, first=int(inside[0]))
            forget(x)
        return out


def _some(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """x[rows]; of rows that follow each other without a search for each."""
    if rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return x[rows[0] : rows[-1] + 1]
    return np.asarray(x[rows])


def read_shard(file: Path) -> np.ndarray:
    """Its vectors, (n, d); read once while it stays among the last few."""
    state = file.stat()
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(KEPT)
def _read(file: Path, _changed: int, _size: int) -> np.ndarray:
    return read_embeddings(file).x


@dataclass(frozen=True)
class UnitRows:
    """Some rows of shards as if they were one array, float32 (n, d), made unit; read whenever they are asked for.

    row : int64 (n,), their numbers in the shards; None for all
    """

    shards: Shards
    row: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), self.shards.dim

    def __len__(self) -> int:
        return self.shards.n if self.row is None else len(self.row)

    def numbers(self, wanted: slice | np.ndarray) -> np.ndarray:
        """The numbers in the shards of some rows: int64."""
        if self.row is not None:
            return self.row[wanted]
        return np.arange(*wanted.indices(len(self))) if isinstance(wanted, slice) else wanted

    def __getitem__(self, wanted: slice | np.ndarray) -> np.ndarray:
        return self.shards.unit_rows(self.numbers(wanted))
