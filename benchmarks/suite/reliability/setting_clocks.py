"""A clock that is set by hours, for the app's processes alone, by libfaketime of the system's packages."""

from __future__ import annotations

import random
import time
from pathlib import Path

from suite.reliability.trial import Fault, Scene

LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
LEAST, MOST = 1.0, 20.0  # hours


def library() -> str | None:
    return next((path for path in LIBRARIES if Path(path).is_file()), None)


def environment(found: str, file: Path) -> dict[str, str]:
    """Of processes whose clock says what the file does; what counts from their start goes on as it is."""
    return {
        "LD_PRELOAD": found,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


class Clock:
    """The file, and by how many hours the clock is off now."""

    def __init__(self, file: Path) -> None:
        self.file, self.hours = file, 0.0
        self.set(0.0)

    def set(self, hours: float) -> None:
        self.hours = hours
        new = self.file.with_suffix(".new")
        new.write_text(f"{3600 * hours:+.0f}s\n")
        new.replace(self.file)

    def forward(self, scene: Scene, rng: random.Random) -> None:
        self.set(self.hours + rng.uniform(LEAST, MOST))

    def back(self, scene: Scene, rng: random.Random) -> None:
        self.set(self.hours - rng.uniform(LEAST, MOST))

    def back_and_kill(self, scene: Scene, rng: random.Random) -> None:
        self.back(scene, rng)
        time.sleep(rng.uniform(0, 2))
        scene.app.worker().kill()


def faults(clock: Clock) -> tuple[Fault, ...]:
    return (
        Fault("clock set forward by hours", clock.forward, goes_on=True),
        Fault("clock set back by hours", clock.back, goes_on=True),
        Fault("clock set back, then the worker killed", clock.back_and_kill),
    )
