"""Make the thumbnails of many images in a few threads, in the images' order, and never hold many of them.

Knows nothing about files; the threads are io.in_order's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

from hilander.errors import InputError
from hilander.io import in_order
from hilander.io.images import thumbnails

BATCH, BATCH_BYTES = 16, 1 << 20  # images that go together, and how large they may be encoded
AHEAD = 8  # batches in flight
AHEAD_BYTES = 64 << 20  # at most about as many encoded bytes in flight, at least one batch
DIGEST_BYTES = 16

Batch = list[bytes | None]


class Made(NamedTuple):
    """One image: its thumbnails, one a size (None where it cannot be read), and the hash of its bytes."""

    thumbs: list[bytes] | None
    digest: bytes


def made_in_order(images: Iterable[bytes | None], sizes: Sequence[int]) -> Generator[list[Made]]:
    """The thumbnails of `images` in their order, a batch at a time; None is an image that is not there."""
    batches = in_order.grouped(images, _size, BATCH, BATCH_BYTES)
    return in_order.made_in_order(
        batches, lambda batch: _made(batch, sizes), _size, ahead=AHEAD, most=AHEAD_BYTES
    )


def _size(image: bytes | None) -> int:
    return len(image or b"")


def digest_of(image: bytes | None) -> bytes:
    """16 bytes that stand for an image's content; zeros for one that is not there."""
    if image is None:
        return bytes(DIGEST_BYTES)
    return hashlib.blake2b(image, digest_size=DIGEST_BYTES).digest()


def _made(batch: Batch, sizes: Sequence[int]) -> list[Made]:
    return [Made(_thumbs(image, sizes), digest_of(image)) for image in batch]


def _thumbs(image: bytes | None, sizes: Sequence[int]) -> list[bytes] | None:
    try:
        return None if image is None else thumbnails(image, sizes)
    except InputError:
        return None
