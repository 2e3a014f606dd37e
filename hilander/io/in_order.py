"""Work on many things in a few threads, in their order, and never hold many of them.

Threads and not processes: Pillow decodes, shrinks and encodes without holding the interpreter's lock. Things go to them
by the batch, for a hand-over costs as much as a tenth of a small image. Knows nothing about what the work is.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def made_in_order(
    batches: Iterable[list[T]],
    make: Callable[[list[T]], R],
    size: Callable[[T], int],
    *,
    ahead: int,
    most: int,
) -> Generator[R]:
    """What `make` makes of each batch, in their order; at most `ahead` at once, of about `most` bytes together."""
    pool = ThreadPoolExecutor(workers(), thread_name_prefix="images")
    waiting: deque[tuple[int, Future[R]]] = deque()
    try:
        for batch in batches:
            waiting.append((sum(map(size, batch)), pool.submit(make, batch)))
            while len(waiting) >= ahead or (len(waiting) > 1 and sum(it[0] for it in waiting) > most):
                yield waiting.popleft()[1].result()
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def grouped(things: Iterable[T], size: Callable[[T], int], count: int, most: int) -> Iterator[list[T]]:
    """Batches of `count` things, or fewer where they reach `most` bytes."""
    batch: list[T] = []
    filled = 0
    for thing in things:
        batch.append(thing)
        filled += size(thing)
        if len(batch) >= count or filled >= most:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def workers() -> int:
    """Threads that can work at once: the processors that this process may use."""
    return len(os.sched_getaffinity(0))
