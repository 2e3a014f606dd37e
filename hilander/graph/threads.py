"""Work on blocks of rows by a few threads, each of which computes alone.

torch's own threads wait for each other at the end of every operation: with small blocks, which stay near a core, and
with other programs on the machine most of the time goes into that (benchmarks/LOG.md).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from threading import Lock
from typing import TypeVar

import torch

from hilander.config import BLOCK_THREADS

# values in the widest tensor of a block: a few MB stay near a core, a GPU wants as much as it can hold
BLOCK_VALUES = {"cpu": 500_000, "cuda": 64_000_000}

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # items a thread that are begun before the first of them is asked for


def row_blocks(n: int, width: int, device: torch.device, *, least: int = 1) -> list[slice]:
    """N rows in blocks, `width` values of each row existing at a time; `least` rows together whatever they take."""
    rows = max(least, BLOCK_VALUES.get(device.type, BLOCK_VALUES["cuda"]) // max(1, width))
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


def each_block(
    function: Callable[[slice], None], blocks: Sequence[slice], device: torch.device
) -> Iterator[int]:
    """Call `function` with every block; it must change the rows of its block only. Yields how many rows are done.

    By threads as `in_order` does, and blocks not begun are dropped as there.
    """

    def done(rows: slice) -> int:
        function(rows)
        return int(rows.stop)

    return in_order(done, blocks, device)


def quiet() -> None:
    """Tell nobody that work goes on."""


def all_blocks(
    function: Callable[[slice], None], blocks: Sequence[slice], on_block: Callable[[], None] = quiet
) -> None:
    """`each_block` on the CPU, of what records no gradients; `on_block` is called, from this thread, after each."""
    with torch.no_grad():
        for _ in each_block(function, blocks, torch.device("cpu")):
            on_block()


def in_order(function: Callable[[T], R], items: Sequence[T], device: torch.device) -> Iterator[R]:
    """Yields what `function` makes of each item, in their order; a few that come next are begun meanwhile.

    On a CPU by as many threads as torch may use; here and now where that is one, on a GPU, and while gradients are
    recorded. What `function` raises is raised here; items not begun are dropped then, and where the caller stops.
    """
    threads = min(torch.get_num_threads(), len(items))
    if threads < 2 or device.type != "cpu" or torch.is_grad_enabled():
        yield from map(function, items)
        return

    def alone(item: T) -> R:
        with torch.inference_mode():
            return function(item)

    with _ALONE:
        pool, begun = _pool(threads), deque[Future[R]]()
        try:
            for item in items:
                begun.append(pool.submit(alone, item))
                if len(begun) > AHEAD * threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            wait([one for one in begun if not one.cancel()])


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Kept: a thread that begins costs its memory and its libraries' tables anew, as much as a small level takes."""
    return ThreadPoolExecutor(threads, thread_name_prefix=BLOCK_THREADS)


os.register_at_fork(after_in_child=_pool.cache_clear)  # which has none of the threads


class _Alone:
    """While anybody is within, torch computes with one thread; the last to leave sets what the first has met."""

    def __init__(self) -> None:
        self._lock, self._within, self._before = Lock(), 0, 1

    def __enter__(self) -> None:
        with self._lock:
            if self._within == 0:
                self._before = torch.get_num_threads()
                torch.set_num_threads(1)
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                torch.set_num_threads(self._before)


_ALONE = _Alone()
