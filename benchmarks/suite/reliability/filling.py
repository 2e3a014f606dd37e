"""A disk that is full: a small file system of its own, and a file that takes what is left of it."""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suite.reliability.place import Place
from suite.reliability.trial import Fault, Scene

MB = 220
BALLAST = "ballast"


class NoRightError(Exception):
    """Nobody may mount a file system here."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A tmpfs of so many MB at `folder`."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={MB}m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoRightError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(place: Place) -> None:
    """To the last byte, also what is given back meanwhile: called again and again by `_full`."""
    with contextlib.suppress(OSError), (place.home.parent / BALLAST).open("ab", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


def empty(place: Place) -> None:
    (place.home.parent / BALLAST).unlink(missing_ok=True)


def _full(scene: Scene, rng: random.Random) -> None:
    fill(scene.place)


def _lift(scene: Scene) -> None:
    """Room again, after as long as somebody needs who writes a note meanwhile."""
    time.sleep(2)
    empty(scene.place)
    time.sleep(2)


FULL = Fault("disk full", _full, _lift, hold=None)
