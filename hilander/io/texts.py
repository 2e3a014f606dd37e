"""Texts of a file as an array. Knows nothing about what they mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hilander.errors import InputError

MAX_ID = 4_096  # letters of an id or a label: the longest path of a file
MAX_ARRAY_BYTES = 1 << 29


def is_unicode(array: np.ndarray) -> bool:
    """Whether every letter of a str array is one: a damaged file can hold numbers that are none."""
    if not array.dtype.isnative or not array.dtype.itemsize:
        return bool(array.dtype.isnative)
    letters = np.ascontiguousarray(array).view(np.uint32)
    surrogate = (letters >= 0xD800) & (letters <= 0xDFFF)
    return array.size == 0 or bool(letters.max() <= 0x10FFFF and not surrogate.any())


def text_array(texts: Sequence[str], source: str) -> np.ndarray:
    """Str (n,). numpy gives every text the room of the longest: one long id among a million would take gigabytes.

    Raises
    ------
    InputError   a text longer than `MAX_ID`, or an array larger than `MAX_ARRAY_BYTES`; or one that is no Unicode
    """
    longest = max(map(len, texts), default=0)
    if longest > MAX_ID or 4 * longest * len(texts) > MAX_ARRAY_BYTES:
        raise InputError(
            f"{source}: ids and labels must be short texts; got {len(texts):,} of up to {longest:,} letters. "
            "Shorten them, or use row numbers."
        )
    array = np.array(texts, dtype=str)
    if not is_unicode(array):
        raise InputError(
            f"{source}: ids and labels must be text in UTF-8; some letters are none. Save it again."
        )
    return array
