"""The folder of an import that is not finished. What is done in it survives the process that did it.

    datasets/.KEY.import/  embedded/     embeddings that are made of the images first (embed.kept), until they are rows
                           state.json    what is done; replaced as a whole, after the files that it speaks of
                           digests.npy   uint8 (n, 16): the hash of each image so far
                           data/         what becomes datasets/ID, by a rename, when all is done

Knows nothing about how the files are made.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import new_map
from hilander.io.atomic import read_json, remove
from hilander.io.checksums import write_checksums
from hilander.services.leftovers import WORK_SUFFIX
from hilander.services.store import new_id
from hilander.services.thumb_making import DIGEST_BYTES

FORMAT = 1
EMBEDDED = "embedded"


@dataclass(frozen=True)
class RowsDone:
    """What is known once the rows are written: the part of a data set that is not its images."""

    n: int
    dim: int
    has_images: bool
    has_labels: bool
    notes: list[str]
    rows_hash: str


@dataclass(frozen=True)
class State:
    """How far an import is: its rows, then so many of its images."""

    dataset_id: str
    rows: RowsDone | None = None
    images_done: int = 0
    format: int = field(default=FORMAT)


class Work:
    """One import's folder. Whoever opens it holds the lock of its key."""

    def __init__(self, folder: Path, dataset_id: str | None = None) -> None:
        self.folder, self.data, self.embedded = folder, folder / "data", folder / EMBEDDED
        found = _read_state(folder / "state.json")
        if found is None:
            self.begin(dataset_id)
        else:
            self.state = found

    def begin(self, dataset_id: str | None = None) -> None:
        """Throw away what was done, if anything, and begin; embeddings know themselves what they are of."""
        for path in self.folder.glob("*"):
            if path.name != EMBEDDED:
                remove(path)
        self.data.mkdir(parents=True)
        self.state = State(dataset_id or new_id())
        self._save()

    def keep_rows(self, rows: RowsDone) -> None:
        """The rows' files in data/ are complete."""
        for path in self.data.iterdir():
            sync(path)
        new_map(self.folder / "digests.npy", np.uint8, (rows.n, DIGEST_BYTES)).flush()
        self.state = replace(self.state, rows=rows, images_done=0)
        self._save()
        remove(self.embedded)

    def keep_images(self, done: int) -> None:
        """So many images' thumbnails and digests are on the disk."""
        self.state = replace(self.state, images_done=done)
        self._save()

    def digests(self) -> np.memmap:
        """uint8 (n, 16), to be written to; zeros where there is nothing yet. `flush` it before `keep_images`."""
        return np.lib.format.open_memmap(self.folder / "digests.npy", mode="r+")

    def names(self) -> list[str]:
        """The image names, in the order of the rows."""
        assert self.state.rows is not None
        path = self.data / "names.npy"
        names: list[str] = np.load(path, allow_pickle=False).tolist() if self.state.rows.has_images else []
        return names

    def publish(self, folder: Path) -> None:
        """The finished files, with their checksums, become the data set's folder; `discard` the rest after that."""
        write_checksums(self.data)
        for path in self.data.iterdir():
            sync(path)
        self.data.rename(folder)
        sync(folder.parent)

    def discard(self) -> None:
        remove(self.folder)

    def _save(self) -> None:
        path, new = self.folder / "state.json", self.folder / "state.new"
        new.write_text(json.dumps(asdict(self.state)), encoding="utf-8")
        sync(new)
        new.replace(path)
        sync(self.folder)


def work_folder(datasets: Path, key: str) -> Path:
    return datasets / f".{key}{WORK_SUFFIX}"


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_state(path: Path) -> State | None:
    """None where there is no work that could be gone on with."""
    try:
        values = read_json(path)
        rows = values.pop("rows")
        state = State(**values, rows=None if rows is None else RowsDone(**rows))
    except (InputError, AttributeError, KeyError, TypeError):
        return None
    return state if state.format == FORMAT else None
