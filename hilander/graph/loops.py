"""Whether a level is worked on by loops compiled for this processor (`graph.compiled`), where numba is installed.

They do what torch's operations do, up to rounding, in a half to a fifth of the time; but they take half a second to be
imported, and where they never ran on a machine some ten to be compiled. Knows nothing about what they compute.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

MANY = 40_000  # images from which they are sooner, being imported included (benchmarks/LOG.md)

logger = logging.getLogger(__name__)


def wanted(images: int, device: torch.device | str = "cpu") -> bool:
    """For the levels of a clustering of so many images, all of them; on the CPU alone."""
    return images >= MANY and str(device).partition(":")[0] == "cpu" and at_hand()


@cache
def at_hand() -> bool:
    """Whether numba is there and can be imported: it is, by this."""
    if find_spec("numba") is None:
        return False
    try:
        import_module("hilander.graph.compiled")
    except ImportError as error:  # numba says so of a numpy that it was not made for
        logger.warning("numba cannot be used, so clustering takes longer than it could: %s", error)
        return False
    return True


def in_background(images: int, module: str) -> None:
    """Import a module of loops while something else is done, where there are many images.

    Who needs it sooner waits for it, and is told there what went wrong.
    """
    if images >= MANY:
        Thread(target=_imported, args=[module], name="hilander-loops", daemon=True).start()


def _imported(module: str) -> None:
    with suppress(ImportError):
        import_module(module)
