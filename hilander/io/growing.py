"""A .npy of float32 rows that is written row by row, and gone on with after a kill.

Its header has room for any number of rows and is right once the file is finished. Knows nothing about what is in it.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

HEADER = 128  # bytes: a multiple of 64, as the format asks


class GrowingRows:
    """Float32 rows of `dim` numbers on the disk, open for more; the first `rows` of what is there are kept."""

    def __init__(self, path: Path, dim: int, rows: int = 0) -> None:
        self.path, self.dim, self.rows = path, dim, rows
        self._file = path.open("r+b" if rows else "w+b")
        if not rows:
            self._file.write(_header(0, dim))
        kept = HEADER + 4 * rows * dim
        if self._file.seek(0, os.SEEK_END) < kept:
            self._file.close()
            raise ValueError(f"{path.name} is shorter than its {rows:,} rows of {dim:,}.")
        self._file.truncate(kept)
        self._file.seek(kept)

    def add(self, block: np.ndarray) -> None:
        """Float32 (n, dim)."""
        self._file.write(np.ascontiguousarray(block, "<f4").data)
        self.rows += len(block)

    def sync(self) -> None:
        """Put what was added on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write how many rows there are; from now on it is a .npy file."""
        self._file.seek(0)
        self._file.write(_header(self.rows, self.dim))
        self.sync()
        self.close()

    def close(self) -> None:
        self._file.close()


def _header(rows: int, dim: int) -> bytes:
    text = repr({"descr": "<f4", "fortran_order": False, "shape": (rows, dim)})
    length = HEADER - 10
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", length) + f"{text:<{length - 1}}\n".encode()
