"""One reader attacked for a time or a number of cases: what came out, how long the slowest took, how much memory."""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from hilander.errors import InputError
from suite.fuzz.readers import Reader

MOST_MEMORY = 1 << 30  # bytes
MOST_SECONDS = 20  # of one case: more is a hang
BATCH = 500
STATUS = Path("/proc/self/status")


class TooSlowError(Exception):
    """A case that took more than `MOST_SECONDS`."""


@dataclass
class Tally:
    """What a reader did. errors: by type, all but InputError; peak: bytes of the whole process; slowest: seconds."""

    name: str
    cases: int = 0
    read: int = 0
    refused: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak: int = 0

    @property
    def ok(self) -> bool:
        return not self.errors and self.cases > 0 and self.peak < MOST_MEMORY

    def to_json(self) -> str:
        return json.dumps(vars(self))


def attack(reader: Reader, seconds: float, *, first: int = 0, keep: Path | None = None) -> Tally:
    """Try cases until the time is over; those that bring out another error or take too much memory go to `keep`."""
    tally, until = Tally(reader.name), time.monotonic() + seconds
    with measured(tally):
        number = first
        while time.monotonic() < until:
            _batch(reader, number, lambda case: _counted(reader, case, tally, until, keep))
            number += 1
    return tally


def _batch(reader: Reader, number: int, tried: Callable[[Any], None]) -> None:
    @seed(number)
    @settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=reader.cases())
    def some(case: Any) -> None:
        tried(case)

    some()


def _counted(reader: Reader, case: Any, tally: Tally, until: float, keep: Path | None) -> None:
    if time.monotonic() > until:
        return
    began = time.monotonic()
    tally.cases += 1
    try:
        once(reader, case)
        tally.read += 1
    except InputError:
        tally.refused += 1
    except Exception as error:  # noqa: BLE001 - what comes out is what is asked
        tally.errors[type(error).__name__] += 1
        if keep is not None and tally.errors[type(error).__name__] <= 3:
            _keep(case, keep / f"{reader.name}-{type(error).__name__}-{tally.cases}")
    tally.slowest = max(tally.slowest, time.monotonic() - began)
    if (
        keep is not None and tally.peak < MOST_MEMORY <= _peak()
    ):  # the first: what it took is kept for a while
        _keep(case, keep / f"{reader.name}-memory-{tally.cases}")
        tally.peak = _peak()


def once(reader: Reader, case: Any) -> None:
    """One case in a folder of its own; TooSlowError where it does not end."""
    with tempfile.TemporaryDirectory() as folder, limited():
        reader.try_case(case, Path(folder))


def _keep(case: Mapping[str, bytes | str], folder: Path) -> None:
    for name, data in case.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


@contextmanager
def limited() -> Iterator[None]:
    def too_slow(*_: object) -> None:
        raise TooSlowError(f"more than {MOST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def measured(tally: Tally) -> Iterator[None]:
    """Sets the tally's peak to the most memory that this process had meanwhile. Linux alone."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what is there now
    try:
        yield
    finally:
        tally.peak = _peak()


def _peak() -> int:
    """The most memory that this process had, in bytes."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10
