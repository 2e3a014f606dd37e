"""Make the thumbnails of many images in a few threads, in the images' order, and never hold many of them.

Threads and not processes: Pillow decodes, shrinks and encodes without holding the interpreter's lock. Images go to
them by the batch, for a hand-over costs as much as a tenth of a small image. Knows nothing about files.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from hilander.errors import InputError
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
    pool = ThreadPoolExecutor(workers(), thread_name_prefix="thumbs")
    waiting: deque[tuple[int, Future[list[Made]]]] = deque()
    try:
        for batch in _batches(images):
            size = sum(len(image) for image in batch if image)
            waiting.append((size, pool.submit(_made, batch, sizes)))
            while len(waiting) >= AHEAD or (len(waiting) > 1 and sum(it[0] for it in waiting) > AHEAD_BYTES):
                yield waiting.popleft()[1].result()
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def workers() -> int:
    """Threads that can work at once: the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def digest_of(image: bytes | None) -> bytes:
    """16 bytes that stand for an image's content; zeros for one that is not there."""
    if image is None:
        return bytes(DIGEST_BYTES)
    return hashlib.blake2b(image, digest_size=DIGEST_BYTES).digest()


def _batches(images: Iterable[bytes | None]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for image in images:
        batch.append(image)
        size += len(image or b"")
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _made(batch: Batch, sizes: Sequence[int]) -> list[Made]:
    return [Made(_thumbs(image, sizes), digest_of(image)) for image in batch]


def _thumbs(image: bytes | None, sizes: Sequence[int]) -> list[bytes] | None:
    try:
        return None if image is None else thumbnails(image, sizes)
    except InputError:
        return None
