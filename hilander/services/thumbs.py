"""Thumbnails of one data set, packed into one file a size and read one by one.

    thumbs-small.bin / thumbs-large.bin     WebP blobs one after the other
    thumbs-small.npy / thumbs-large.npy     int64 (n + 1,) offsets; an empty blob is a missing image

Making them is thumb_making's work.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import new_map
from hilander.io.checksums import Blocks, Sums, read_checksums
from hilander.io.images import thumbnail
from hilander.services.thumb_making import made_in_order

Size = Literal["small", "large"]
PIXELS: dict[Size, int] = {"large": 160, "small": 56}  # the smaller is made of the larger
PACKS = frozenset(f"thumbs-{size}.bin" for size in PIXELS)  # checked where they are read, not on opening
ADVICE = "Restore it from a backup (`hilander doctor` says how), or import the data set again."


class ThumbStore:
    """Read access by row number; safe between threads. Raises InputError when the files are damaged, also while
    reading: no thumbnail is given out whose bytes are not those that were written."""

    def __init__(self, folder: Path, n: int) -> None:
        known = read_checksums(folder) or {}
        self._packs = {size: _Pack(folder, size, n, known.get(f"thumbs-{size}.bin")) for size in PIXELS}

    def has(self, row: int) -> bool:
        """Whether there is an image of this row (else `get` gives the placeholder)."""
        return bool(self._packs["small"].blob(row))

    def get(self, row: int, size: Size = "small") -> bytes:
        """WebP bytes; at most 56 (small) or 160 (large) pixels a side."""
        return self._packs[size].blob(row) or placeholder(size)

    def data_url(self, row: int, size: Size = "small") -> str:
        """The same as a data: URL, for <img src>."""
        return as_data_url(self.get(row, size))


class _Pack:
    """One packed file and its offsets.

    Read and not mapped: a map takes 64 KB around every blob into the process, gigabytes while people look around.
    """

    def __init__(self, folder: Path, size: Size, n: int, sums: Sums | None) -> None:
        path = folder / f"thumbs-{size}.bin"
        offsets = np.load(_offsets_path(folder, size), mmap_mode="r", allow_pickle=False)
        if offsets.shape != (n + 1,) or int(offsets[-1]) != path.stat().st_size:
            raise InputError(
                f"{path} does not belong to {n:,} images (cut short?). Import the data set again."
            )
        self._offsets = offsets
        self._file = path.open("rb")
        self._blocks = Blocks(path, sums, ADVICE)

    def blob(self, row: int) -> bytes:
        if not 0 <= row < len(self._offsets) - 1:
            raise IndexError(f"row {row} is not one of {len(self._offsets) - 1}")
        start, stop = int(self._offsets[row]), int(self._offsets[row + 1])
        self._blocks.check(self._file.fileno(), start, stop)
        return os.pread(self._file.fileno(), stop - start, start)


class ThumbWriter:
    """Appends thumbnails row by row. Opened at `done` rows it goes on there, whatever was written after them.

    Close it: rows that were not given are then rows without an image.
    """

    def __init__(self, folder: Path, n: int, done: int = 0) -> None:
        self.done = done
        self._packs = [_Growing(folder, size, n, done) for size in PIXELS]

    def add(self, rows: Sequence[list[bytes] | None]) -> None:
        """The thumbnails of the next rows, one a size; None for a row without any."""
        for row in rows:
            for pack, blob in zip(self._packs, row or [b""] * len(PIXELS), strict=True):
                pack.add(self.done, blob)
            self.done += 1

    def sync(self) -> None:
        """Put what was written on the disk."""
        for pack in self._packs:
            pack.sync()

    def close(self) -> None:
        for pack in self._packs:
            pack.close(self.done)


class _Growing:
    """One packed file while it is written."""

    def __init__(self, folder: Path, size: Size, n: int, done: int) -> None:
        path, offsets = folder / f"thumbs-{size}.bin", _offsets_path(folder, size)
        self._offsets = (
            np.lib.format.open_memmap(offsets, mode="r+") if done else new_map(offsets, np.int64, (n + 1,))
        )
        self._end = int(self._offsets[done])
        self._file = path.open("r+b" if done else "wb")
        self._file.truncate(self._end)
        self._file.seek(self._end)

    def add(self, row: int, blob: bytes) -> None:
        self._file.write(blob)
        self._end += len(blob)
        self._offsets[row + 1] = self._end

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._offsets.flush()

    def close(self, done: int) -> None:
        self._offsets[done + 1 :] = self._end  # rows without an image: empty blobs
        self.sync()
        self._file.close()


def write_thumbs(
    folder: Path,
    n: int,
    images: Iterable[bytes | None],
    on_done: Callable[[ThumbWriter, list[bytes]], None] = lambda writer, digests: None,
    *,
    done: int = 0,
) -> list[int]:
    """Pack the thumbnails of `images` (row by row, None where there is none; at most n) into `folder`.

    `images` begin at row `done`; those before were packed by an earlier call. `on_done(writer, hashes of the
    images that were just packed)` may raise Cancelled. Returns the rows below `writer.done` without a thumbnail.
    """
    made_of = closing(made_in_order(images, tuple(PIXELS.values())))
    with closing(ThumbWriter(folder, n, done)) as writer, made_of as batches:
        for batch in batches:
            writer.add([made.thumbs for made in batch])
            on_done(writer, [made.digest for made in batch])
        given = writer.done
    offsets = np.load(_offsets_path(folder, "large"))
    empty: list[int] = np.flatnonzero(np.diff(offsets[: given + 1]) == 0).tolist()
    return empty


def _offsets_path(folder: Path, size: Size) -> Path:
    return folder / f"thumbs-{size}.npy"


def as_data_url(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode('ascii')}"


@lru_cache(maxsize=2)
def placeholder(size: Size) -> bytes:
    """A grey tile with a diagonal: WebP for rows without an image, readable on light and dark pages."""
    side = PIXELS[size]
    across = np.abs(np.subtract.outer(np.arange(side), np.arange(side)))
    grey = np.where(across <= max(1, side // 56), 150, 184).astype(np.uint8)
    border = max(1, side // 56)
    grey[:border], grey[-border:], grey[:, :border], grey[:, -border:] = 150, 150, 150, 150
    return thumbnail(_bmp(grey), side)


def _bmp(grey: np.ndarray) -> bytes:
    """A (side, side) uint8 picture as an uncompressed 24-bit BMP file, bottom row first."""
    height, width = grey.shape
    rows = np.repeat(grey[::-1, :, None], 3, axis=2).reshape(height, -1)
    rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
    header = np.array([54 + rows.size, 0, 54, 40, width, height], dtype="<u4").tobytes()
    rest = np.array([rows.size, 2835, 2835, 0, 0], dtype="<u4").tobytes()
    return b"BM" + header + np.array([1, 24], dtype="<u2").tobytes() + bytes(4) + rest + rows.tobytes()
