"""Whether a level is worked on by loops compiled for this processor (`graph.compiled`), where numba is installed.

They do what torch's operations do, up to rounding, in a half to a fifth of the time; but they take half a second to be
imported, and where they never ran on a machine some ten to be compiled. Knows nothing about what they compute.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

MANY = 40_000  # images from which they are sooner, being imported included (benchmarks/LOG.md)


def wanted(images: int, device: torch.device | str = "cpu") -> bool:
    """For the levels of a clustering of so many images, all of them; on the CPU alone."""
    return images >= MANY and str(device).partition(":")[0] == "cpu" and at_hand()


@cache
def at_hand() -> bool:
    return find_spec("numba") is not None


def in_background(module: str) -> None:
    """Import a module while something else is done; who needs it sooner waits for it."""
    Thread(target=import_module, args=[module], name="hilander-loops", daemon=True).start()
