"""Freed memory stays with the process. Knows nothing about networks."""

from __future__ import annotations

import ctypes
from functools import cache

TRIM, MMAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of <malloc.h>
# bytes kept at the heap's end; blocks above LARGE go back at once, as ever. Both: one alone stops glibc from raising
# the other, which begins at 128 kB
KEPT, LARGE = 256 << 20, 32 << 20


@cache
def keep_freed() -> bool:
    """Let the C library keep up to `KEPT` bytes that were freed, for the rest of the process.

    A step's values are a few tens of MB, freed and asked for again many times a second. glibc gives them back to the
    kernel each time, which hands them out again page by page, zeroed: 100,000 to 190,000 page faults in an epoch of
    two seconds (benchmarks/LOG.md).

    Returns
    -------
    whether it does; False with a C library that has no such setting
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library; Windows
        return False
    return bool(mallopt(MMAP, LARGE)) and bool(mallopt(TRIM, KEPT))
