"""Sort images into a folder a cluster: what the command line and the app's zip have in common.

    table of a cut, image names, where the bytes come from  ->  a sink, one file an image, and the table of it

Knows nothing about data sets or runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.io.names import match_names
from hilander.io.sinks import Sink
from hilander.io.tables import table_bytes
from hilander.views.folders import Table, with_folders

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIST = "clusters.csv"


def find_images(ids: NDArray[np.str_], available: Sequence[str]) -> NDArray[np.int64]:
    """Where each id's image stands in `available`, -1 where it has none.

    By name as imports do: the whole, without folders, without suffix; row numbers, by order where there are as many
    images as rows.

    Raises
    ------
    InputError   no id has an image
    """
    where, _ = match_names(ids.tolist(), available)
    numbered = len(ids) == len(available) and np.array_equal(ids, np.arange(len(ids)).astype(str))
    if not (where >= 0).any() and numbered:
        return np.argsort(np.array(available, dtype=str), kind="stable")
    if not (where >= 0).any():
        raise InputError(
            f"the images must bear the ids' names; got first id {str(ids[0])!r} and first image "
            f"{sorted(available)[0]!r}. Give the images that were clustered."
        )
    return where


def sort_images(
    table: Table,
    names: Sequence[str],
    read: Callable[[int], bytes],
    sink: Sink,
    *,
    suffix: str | None = None,
    on_done: Callable[[int], None] = lambda done: None,
) -> tuple[Table, list[str]]:
    """Write image by image into the folders of a cut, then the list of them.

    Parameters
    ----------
    table : of the cut, n rows;  names : n image names
    read : the encoded image of a row of the table; InputError when it cannot be read: it is then left out
    on_done : told the number of rows done; may raise Cancelled

    Returns
    -------
    the table of what was written, with folder and file; names of the images that could not be read
    """
    sorted_ = with_folders(table, names, suffix=suffix)
    written, unread = np.ones(len(names), dtype=bool), []
    for row, (folder, file) in enumerate(zip(sorted_["folder"], sorted_["file"], strict=True)):
        try:
            sink.add(f"{folder}/{file}", read(row))
        except InputError:
            unread.append(names[row])
            written[row] = False
        on_done(row + 1)
    kept = {name: column[written] for name, column in sorted_.items()}
    sink.add(LIST, table_bytes(kept, "csv"))
    return kept, unread
