"""Thumbnails of one data set, packed into one file a size and read through a memory map.

    thumbs-small.bin / thumbs-large.bin     WebP blobs one after the other
    thumbs-small.npy / thumbs-large.npy     int64 (n + 1,) offsets; an empty blob is a missing image

Making a thumbnail is hilander.io.images' work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Size = Literal["small", "large"]
PIXELS: dict[Size, int] = {"small": 56, "large": 160}


class ThumbStore:
    """Read access by row number; safe between threads."""

    def __init__(self, folder: Path, n: int) -> None:
        raise NotImplementedError

    def has(self, row: int) -> bool:
        """Whether there is an image of this row (else `get` gives the placeholder)."""
        raise NotImplementedError

    def get(self, row: int, size: Size = "small") -> bytes:
        """WebP bytes; at most 56 (small) or 160 (large) pixels a side."""
        raise NotImplementedError

    def data_url(self, row: int, size: Size = "small") -> str:
        """The same as a data: URL, for <img src>."""
        raise NotImplementedError
