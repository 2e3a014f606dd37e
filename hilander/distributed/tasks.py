"""What workers run: pure functions of shards and arrays, so that a task can be run again anywhere.

Vectors are read from the shards where they are needed; arrays that come in are never written to. Knows nothing about
dask.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from hilander.errors import InputError
from hilander.graph.parts import Entries, Part, search_part
from hilander.hierarchy.coarsen import means
from hilander.io.duplicates import row_hashes
from hilander.io.embeddings import read_embeddings
from hilander.io.shards import Shards

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")


def keep(value: T) -> T:
    """A value that many tasks take: it goes to each worker once."""
    return value


def shape_and_ids(file: Path) -> tuple[int, int, NDArray[np.str_] | None]:
    """(rows, values a row, ids) of one shard."""
    found = read_embeddings(file)
    return found.n, found.dim, found.ids


def hashes(shards: Shards, start: int, stop: int) -> NDArray[np.uint64]:
    """Of rows start to stop, made unit; InputError for rows that have no direction."""
    return row_hashes(unit_rows(shards, np.arange(start, stop)))


def neighbors_of_part(  # noqa: PLR0917 - dask passes by position
    shards: Shards,
    part: Part,
    here: NDArray[Any],
    there: NDArray[Any] | None,
    m: int,
    floors: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
) -> list[Entries]:
    """`search_part` of rows with these numbers in the shards."""
    columns = None if there is None else unit_rows(shards, there)
    return search_part(part, unit_rows(shards, here), columns, m, floors)


def group_means(
    shards: Shards, rows: NDArray[Any], group: NDArray[np.int64], weight: NDArray[np.float32], n: int
) -> NDArray[np.float32]:
    """float32 (n, d): `means` of rows with these numbers in the shards."""
    found: NDArray[np.float32] = means(group, weight, unit_rows(shards, rows), n)
    return found


def unit_rows(shards: Shards, rows: NDArray[Any]) -> NDArray[np.float32]:
    try:
        return shards.unit_rows(rows.astype(np.int64))
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            f"the worker on {socket.gethostname()} cannot read {error.filename or 'a shard'}: "
            f"{error.strerror or error}. Give every worker that folder, shared, under the same path."
        ) from error
