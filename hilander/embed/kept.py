"""The folder of embeddings that are being made. What is done in it survives the process that did it.

    FOLDER/  state.json       what is done, and of what; replaced as a whole, after the rows that it speaks of
             embeddings.npy   the rows so far; a .npy file once all are there
             ids.npy          what the rows are called, once all are there

Knows nothing about images or networks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import load_array
from hilander.io.atomic import read_json, remove, write_json
from hilander.io.growing import GrowingRows

FORMAT = 1


@dataclass(frozen=True)
class State:
    """How far the work of one key is.

    done : images looked at, of which `rows` gave a row and `left_out` (names) did not
    """

    key: str
    done: int = 0
    rows: int = 0
    dim: int = 0
    left_out: list[str] = field(default_factory=list)
    is_whole: bool = False
    format: int = FORMAT


@dataclass(frozen=True)
class Embedded:
    """What came of it: x float32 (n, d), memory-mapped; names (n); the names of images that could not be embedded."""

    x: np.ndarray
    names: list[str]
    left_out: list[str]


class Kept:
    """One folder, gone on with where it holds work of the same key; else begun anew, with the first rows."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self._rows: GrowingRows | None = None
        found = _read(folder / "state.json")
        if found is None or found.key != key:
            remove(folder)
            found = State(key)
        self.state = found
        if found.rows and not found.is_whole:
            self._go_on()

    def _go_on(self) -> None:
        try:
            self._rows = GrowingRows(self.folder / "embeddings.npy", self.state.dim, self.state.rows)
        except (OSError, ValueError):  # the rows that the state speaks of are gone
            self.state = State(self.state.key)

    def add(self, rows: np.ndarray) -> None:
        """The next rows, float32 (n, d)."""
        if self._rows is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._rows = GrowingRows(self.folder / "embeddings.npy", rows.shape[1])
        self._rows.add(rows)

    def keep(self, done: int, left_out: list[str]) -> None:
        """So many images are done, and it is on the disk."""
        rows, dim = 0, 0
        if self._rows is not None:
            self._rows.sync()
            rows, dim = self._rows.rows, self._rows.dim
        self._save(State(self.state.key, done, rows, dim, left_out))

    def finish(self, names: list[str], left_out: list[str]) -> None:
        """All are done; these are the rows' names."""
        assert self._rows is not None
        assert self._rows.rows == len(names)
        rows, dim = self._rows.rows, self._rows.dim
        self._rows.finish()
        np.save(self.folder / "ids.npy", np.array(names, dtype=str))
        self._save(State(self.state.key, len(names) + len(left_out), rows, dim, left_out, is_whole=True))

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()

    def _save(self, state: State) -> None:
        write_json(asdict(state), self.folder / "state.json")
        self.state = state


def embedded(folder: Path) -> Embedded:
    """What a finished folder holds; InputError where it is not whole."""
    state = _read(folder / "state.json")
    if state is None or not state.is_whole:
        raise InputError(f"{folder.name} must hold finished embeddings. Embed the images again.")
    x, names = load_array(folder / "embeddings.npy"), load_array(folder / "ids.npy", mmap=False)
    return Embedded(x, names.tolist(), state.left_out)


def _read(path: Path) -> State | None:
    """None where there is nothing that could be gone on with."""
    try:
        state = State(**read_json(path))
    except (InputError, TypeError):
        return None
    return state if state.format == FORMAT else None
