"""The hashes by which content that was imported before is recognised.

    rows_hash     embeddings as they are kept (float32, unit rows), ids, image names, labels: known early
    images_hash   the bytes of every image, in the order of the rows: known when all of them were read

Two data sets are the same where both agree. Neither depends on file names, formats or versions of Pillow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable

import numpy as np

from hilander.io.vectors import blocks
from hilander.services.thumb_making import DIGEST_BYTES, digest_of

HASH_BYTES, TELL_EVERY = 16, 16


class RowsHash:
    """Grows block by block of the embeddings, then by the arrays beside them."""

    def __init__(self, n: int, dim: int) -> None:
        self._hash = hashlib.blake2b(f"{n} x {dim}".encode(), digest_size=HASH_BYTES)

    def add(self, block: np.ndarray) -> None:
        """The next rows, or codes: an array of numbers."""
        self._hash.update(np.ascontiguousarray(block).view(np.uint8).data)

    def add_texts(self, texts: np.ndarray) -> None:
        """Str (n,), wherever the same texts come from."""
        self._hash.update(texts.dtype.str.encode())
        for start, stop in blocks(len(texts), 1):
            self._hash.update(texts[start:stop].tobytes())

    def add_words(self, words: list[str]) -> None:
        self._hash.update(json.dumps(words).encode())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def images_hash(digests: np.ndarray) -> str:
    """Of uint8 (n, 16), the hash of each image."""
    return hashlib.blake2b(np.ascontiguousarray(digests).data, digest_size=HASH_BYTES).hexdigest()


def digests_of(images: Iterable[bytes | None], n: int, tell: Callable[[int], None]) -> np.ndarray:
    """uint8 (n, 16): the images are read and hashed, not decoded. `tell(done)` may raise Cancelled."""
    digests = np.zeros((n, DIGEST_BYTES), dtype=np.uint8)
    for row, image in enumerate(images):
        if row % TELL_EVERY == 0:
            tell(row)
        digests[row] = np.frombuffer(digest_of(image), dtype=np.uint8)
    return digests
