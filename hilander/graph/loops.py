"""Whether a level is worked on by loops compiled for this processor (`graph.compiled`), where numba is installed.

They do what torch's operations do, up to rounding, in a half to a fifth of the time; but it takes a tenth of a second
until they can be called, and where they never ran on a machine some seven to compile them. Knows nothing about what
they compute.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

from hilander.config import LOOPS_VARIABLE
from hilander.graph.compiled import LOOPS

if TYPE_CHECKING:
    import torch

MANY = 4_000  # images from which they are sooner, being read included (benchmarks/LOG.md)

logger = logging.getLogger(__name__)


def wanted(images: int, device: torch.device | str = "cpu") -> bool:
    """For the levels of a clustering of so many images, all of them; on the CPU alone."""
    return images >= MANY and str(device).partition(":")[0] == "cpu" and at_hand()


@cache
def at_hand() -> bool:
    """Whether numba is there and the loops can be called: they can, by this. Not where they are switched off."""
    if os.environ.get(LOOPS_VARIABLE) == "off" or find_spec("numba") is None:
        return False
    try:
        for loop in LOOPS:
            loop.ready()
    except Exception as error:  # noqa: BLE001 - whatever numba and LLVM may say; all that loops do goes without them
        logger.warning("compiled loops cannot be used, so clustering takes longer than it could: %s", error)
        return False
    return True


def in_background(images: int) -> None:
    """Read or compile them while something else is done, where there are many images.

    Who needs them sooner waits for them, and is told there what went wrong.
    """
    if images >= MANY:
        Thread(target=at_hand, name="hilander-loops", daemon=True).start()
