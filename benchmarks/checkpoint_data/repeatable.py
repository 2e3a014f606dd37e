"""The same seed gives the same arrays: one thread, and generators that belong to a name. No global seed is left set."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits


def generator(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each name: a set that is added, or left out, changes no other."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch and numpy's BLAS on one thread: sums keep their order on any number of cores."""
    before = torch.get_num_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


@contextmanager
def torch_seed(seed: int) -> Iterator[None]:
    """Torch's generator seeded inside; outside it goes on as if nothing had been drawn."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
