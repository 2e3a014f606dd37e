"""The memory of a process over time, and whether it has come to rest."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np

from suite.explorer.processes import own_mb, resident_mb

EVERY = 10.0  # s
SHARE, LEAST = 0.05, 20.0  # of it, MB: what a memory at rest may still grow by


@dataclass(frozen=True)
class Sample:
    """seconds : since the watch began;  mb : resident;  own : of it without files that are mapped."""

    seconds: float
    mb: float
    own: float


class Watch(threading.Thread):
    """Looks at a process every ten seconds until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(name="memory", daemon=True)
        self.pid, self.samples = pid, list[Sample]()
        self.began = time.monotonic()
        self._over = threading.Event()

    def run(self) -> None:
        while True:
            self.look()
            if self._over.wait(EVERY):
                return

    def look(self) -> Sample:
        sample = Sample(time.monotonic() - self.began, resident_mb(self.pid), own_mb(self.pid))
        self.samples.append(sample)
        return sample

    def stop(self) -> None:
        self._over.set()
        self.join()


def growth(samples: list[Sample], first: float, last: float, over: float = 60.0) -> tuple[float, float]:
    """MB from the mean of the minute after `first` to the mean of the minute before `last`, and what is allowed.

    Resident memory, mapped files included.
    """
    start = np.mean([it.mb for it in samples if first <= it.seconds <= first + over])
    end = np.mean([it.mb for it in samples if last - over <= it.seconds <= last])
    return float(end - start), max(LEAST, SHARE * float(start))
