"""Finished embeddings as the files that a person asked for.

FILE.npz   the rows as `embeddings`, their names as `ids`: rows find their images by name
FILE.npy   the rows; their names, in the same order, in FILE_ids.csv beside it
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from hilander.embed.kept import Embedded, embedded
from hilander.errors import InputError
from hilander.io.atomic import atomic_path
from hilander.io.tables import write_table

SUFFIXES = (".npy", ".npz")


def check_suffix(path: Path) -> None:
    """InputError unless the name says which of the two is wanted."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"Embeddings are written as {' or '.join(SUFFIXES)}; got {path.name!r}. Choose a name that ends so."
        )


def ids_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}_ids.csv")


def write_embedded(folder: Path, path: Path) -> Embedded:
    """Write what a finished folder (see `kept`) holds; the files are whole or not there."""
    check_suffix(path)
    found = embedded(folder)
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(temporary, "w") as archive:
                for name in ("embeddings.npy", "ids.npy"):
                    archive.write(folder / name, name)
        else:
            write_table({"id": found.names}, ids_path(path))
            shutil.copyfile(folder / "embeddings.npy", temporary)
    return found
