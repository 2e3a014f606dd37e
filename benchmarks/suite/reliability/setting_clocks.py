"""A clock that is set by hours, for the app's processes alone: a few lines of C that they load first."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import time
from pathlib import Path

from suite.reliability.trial import Fault, Scene

SOURCE = Path(__file__).with_name("shifted_clock.c")
LEAST, MOST = 1, 20  # hours


class Clock:
    """The shift, in a file that those processes look at whenever they ask for the time."""

    def __init__(self, folder: Path) -> None:
        self._file, self._library = folder / "clock", folder / "shifted_clock.so"
        self._seconds = 0
        self._file.write_bytes(struct.pack("q", 0))
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True)

    @staticmethod
    def can_be_made() -> bool:
        return shutil.which("cc") is not None

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "SHIFTED_CLOCK": str(self._file)}

    def set(self, hours: float) -> None:
        """Forward, or back where that is negative."""
        self._seconds += round(3600 * hours)
        with self._file.open("r+b") as file:  # in place: it is mapped
            file.write(struct.pack("q", self._seconds))

    def forward(self, scene: Scene, rng: random.Random) -> None:
        self.set(rng.uniform(LEAST, MOST))

    def back(self, scene: Scene, rng: random.Random) -> None:
        self.set(-rng.uniform(LEAST, MOST))

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
