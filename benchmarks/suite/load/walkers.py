"""Sessions that step through the levels of a run, each in a thread: how long every step took, and what went wrong."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from suite.sessions import LostError, Session, Shown

SLIDER = ("slider", "Level")


@dataclass
class Tally:
    """What all walkers tell: (moment by the monotonic clock, seconds) of each step that came right, and errors."""

    steps: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, seconds: float) -> None:
        with self._lock:
            self.steps.append((time.monotonic(), seconds))

    def error(self, text: str) -> None:
        with self._lock:
            self.errors.append(text)

    def between(self, start: float, end: float) -> list[float]:
        """Seconds of the steps that ended in that time."""
        return [seconds for moment, seconds in self.steps if start <= moment < end]


@dataclass(frozen=True)
class Walk:
    """Where to: the app, the view's query, the number of levels past 0, and the natural pace.

    think : mean seconds between the end of a step and the next, drawn evenly from half to one and a half of it
    """

    url: str
    query: str
    levels: int
    think: float


class Walker(threading.Thread):
    """One visitor, from opening the page until `over`; `pace` may be turned to 0 meanwhile."""

    def __init__(self, walk: Walk, tally: Tally, over: threading.Event, *, seed: int, delay: float) -> None:
        super().__init__(name=f"walker {seed}", daemon=True)
        self.walk, self.tally, self.over, self.delay = walk, tally, over, delay
        self.think = walk.think
        self._rng = random.Random(seed)
        self.is_there = threading.Event()

    def run(self) -> None:
        self.over.wait(self.delay)
        try:
            with Session(self.walk.url, query=self.walk.query) as session:
                self._judge(session.first, "the first drawing")
                self.is_there.set()
                level = self._rng.randrange(self.walk.levels + 1)
                while not self.over.wait(self.think * self._rng.uniform(0.5, 1.5)):
                    level = (level + 1) % (self.walk.levels + 1)
                    step(session, level, self.walk.levels, self.tally)
        except LostError as error:
            self.tally.error(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor is lost and that is told
            self.tally.error(f"{type(error).__name__}: {error}")
        finally:
            self.is_there.set()

    def _judge(self, shown: Shown, what: str) -> None:
        for failure in wrong(shown):
            self.tally.error(f"{what}: {failure}")


def step(session: Session, level: int, levels: int, tally: Tally) -> None:
    """One step, told to the tally: right only where the page says the level and shows no error."""
    shown = session.set(*SLIDER, level)
    failures = wrong(shown)
    if not shown.says(f"Level {level} of {levels}"):
        failures.append(
            f"asked for level {level}, the page says {[it for it in shown.texts if 'Level' in it][:2]}"
        )
    for failure in failures:
        tally.error(failure)
    if not failures:
        tally.step(shown.seconds)


def wrong(shown: Shown) -> list[str]:
    return [*shown.failures, *shown.alerts]
