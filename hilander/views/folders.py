"""A cut as folders: where each image goes, one folder a cluster, by names that every file system takes.

    table of a cut (id, cluster, peak), image names  ->  0003_peak/image.jpg

A loop over the images: for whoever copies as many files anyway. Knows nothing about files.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.io.image_names import is_image_name
from hilander.io.safe_names import Names, safe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Table = dict[str, "NDArray[Any]"]


def with_folders(
    table: Mapping[str, NDArray[Any]], names: Sequence[str], *, suffix: str | None = None
) -> Table:
    """The table with two more columns: folder of each image's cluster, and file, the image's name in it.

    Parameters
    ----------
    table : id str (n,), cluster int (n,), peak str (n,), as `views.cut.table_of` makes it
    names : n image names, maybe with folders, of which only the last part counts
    suffix : of every file, instead of the image's own
    """
    cluster = np.asarray(table["cluster"])
    digits = len(str(int(cluster.max(initial=0))))
    which, first = np.unique(cluster, return_index=True)
    folder = {
        int(number): f"{number:0{digits}d}_{safe_name(_without_suffix(str(table['peak'][row])))}"
        for number, row in zip(which.tolist(), first.tolist(), strict=True)
    }
    folders = [folder[number] for number in cluster.tolist()]
    taken = Names()
    files = [taken.unique(_file(name, suffix), where) for name, where in zip(names, folders, strict=True)]
    return {**table, "folder": np.array(folders, dtype=str), "file": np.array(files, dtype=str)}


def _without_suffix(name: str) -> str:
    """Ids are often the names of images."""
    return str(PurePosixPath(name).with_suffix("")) if is_image_name(name) else name


def _file(name: str, suffix: str | None) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    own = path.suffix.lower() if path.suffix[1:].isascii() and path.suffix[1:].isalnum() else ""
    stem = path.name.removesuffix(path.suffix) if own else path.name
    return safe_name(stem) + (own if suffix is None else suffix)
