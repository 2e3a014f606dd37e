"""Thumbnails of one data set, packed into one file a size and read one by one.

    thumbs-small.bin / thumbs-large.bin     WebP blobs one after the other
    thumbs-small.npy / thumbs-large.npy     int64 (n + 1,) offsets; an empty blob is a missing image

Making a thumbnail is hilander.io.images' work.
"""

from __future__ import annotations

import base64
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from hilander.errors import InputError
from hilander.io.checksums import Blocks, Sums, read_checksums
from hilander.io.images import thumbnail

Size = Literal["small", "large"]
PIXELS: dict[Size, int] = {"small": 56, "large": 160}
PACKS = frozenset(f"thumbs-{size}.bin" for size in PIXELS)  # checked where they are read, not on opening
ADVICE = "Restore it from a backup, or import the data set again."
AHEAD = 64  # thumbnails in flight: bounds the memory that decoded images take
Pair = dict[Size, bytes]


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


def write_thumbs(
    folder: Path,
    n: int,
    images: Iterable[bytes | None],
    on_done: Callable[[int], None] = lambda done: None,
) -> list[int]:
    """Pack the thumbnails of `images` (row by row, None where there is none; at most n) into `folder`.

    Images are read one after the other and shrunk by a few threads, never more than `AHEAD` in memory.
    `on_done(rows so far)` may raise Cancelled. Returns the rows whose image could not be read.
    """
    broken: list[int] = []
    ends: dict[Size, list[int]] = {size: [0] for size in PIXELS}
    paths: dict[Size, Path] = {size: folder / f"thumbs-{size}.bin" for size in PIXELS}
    with paths["small"].open("wb") as small, paths["large"].open("wb") as large:
        files = {"small": small, "large": large}
        for row, pair in enumerate(_in_order(images)):
            if pair is None:
                broken.append(row)
            for size in PIXELS:
                blob = pair[size] if pair else b""
                files[size].write(blob)
                ends[size].append(ends[size][-1] + len(blob))
            on_done(row + 1)
    for size in PIXELS:
        offsets = np.full(n + 1, ends[size][-1], dtype=np.int64)  # rows without an image: empty blobs
        offsets[: len(ends[size])] = ends[size]
        np.save(_offsets_path(folder, size), offsets)
    return broken


def _in_order(images: Iterable[bytes | None]) -> Iterator[Pair | None]:
    """The thumbnails in the order of the images, made `AHEAD` at a time."""
    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="thumbs")
    waiting: deque[Future[Pair | None]] = deque()
    try:
        for image in images:
            waiting.append(pool.submit(_both_sizes, image))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _both_sizes(image: bytes | None) -> Pair | None:
    """Both thumbnails; empty blobs for no image, None for one that cannot be read."""
    if image is None:
        return {"small": b"", "large": b""}
    try:
        large = thumbnail(image, PIXELS["large"])
    except InputError:
        return None
    return {"small": thumbnail(large, PIXELS["small"]), "large": large}


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
