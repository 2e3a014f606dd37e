"""Blocks of rows, gathered into one array: in memory while it is small, else in a temporary file.

The file has no name (it goes away with the array) and lies in the system's temporary folder, TMPDIR.
"""

from __future__ import annotations

import tempfile
from typing import IO, Any

import numpy as np

from hilander.errors import InputError

IN_MEMORY = 64 << 20  # bytes


class Rows:
    """Rows of `dim` values, added block by block.

    Parameters
    ----------
    source : the file they come from, for messages
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], source: str) -> None:
        self._dim, self._dtype, self._source = dim, np.dtype(dtype), source
        self._blocks: list[np.ndarray] = []
        self._bytes = self._rows = 0
        self._file: IO[bytes] | None = None

    def add(self, block: np.ndarray) -> None:
        """(m, dim), any real dtype that fits."""
        block = np.ascontiguousarray(block, dtype=self._dtype)
        self._rows += len(block)
        self._bytes += block.nbytes
        self._blocks.append(block)
        if self._file is None and self._bytes > IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - the array lives on it
        if self._file is not None:
            self._write(self._file)

    def array(self) -> np.ndarray:
        """(rows, dim); memory-mapped where it is large."""
        if self._file is None:
            empty = np.empty((0, self._dim), self._dtype)
            return np.concatenate(self._blocks) if self._blocks else empty
        self._file.flush()
        return np.memmap(self._file, self._dtype, "r", shape=(self._rows, self._dim))

    def _write(self, file: IO[bytes]) -> None:
        try:
            while self._blocks:
                file.write(self._blocks.pop(0).data)
        except OSError as error:
            raise InputError(
                f"{self._source} needs room in {tempfile.gettempdir()} while it is read; "
                f"writing there failed: {error.strerror or error}. Free some, or set TMPDIR to a larger disk."
            ) from error
