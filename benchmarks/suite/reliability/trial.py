"""One kind of work disturbed again and again by one kind of fault, and judged each time.

ask for the work; somebody writes into the journal meanwhile; at a random moment of it the fault strikes;
it is lifted; what came of the job; all entries there? ; tried again: the same result to the byte?
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hilander.services.store import JobRow
from suite.reliability import judge
from suite.reliability.outcome import Outcome
from suite.reliability.place import UP, App, LateError, Place
from suite.reliability.work import BASE, Given, Work
from suite.reliability.writer import Writer

CLEAR = ("interrupted", "failed", "done")


@dataclass
class Scene:
    """Where the fault strikes; `enter` starts the app again in place of one that was killed."""

    place: Place
    stack: ExitStack
    app: App
    writer: Writer | None = None

    def app_again(self) -> None:
        self.stack.pop_all().close()
        self.app = self.stack.enter_context(self.place.app())


@dataclass(frozen=True)
class Fault:
    """strike, lift : what begins and ends it;  hold : seconds between the two by the trial's own random numbers, None:
    until the job is over;  goes_on : whether the work is to end well by itself;  seconds : it may take to be over."""

    name: str
    strike: Callable[[Scene, random.Random], None]
    lift: Callable[[Scene], None] = lambda scene: None
    hold: Callable[[random.Random], float] | None = lambda rng: 0.0
    goes_on: bool = False
    seconds: float = 180.0


@dataclass(frozen=True)
class Kept:
    """An undisturbed run of a work: its result, and how long it took from running to its end."""

    folder: Path
    seconds: float


@dataclass(frozen=True)
class Setting:
    """What all trials in one place share."""

    place: Place
    given: Given
    kept: dict[str, Kept]
    seed: int
    say: Callable[[str], None]


def undisturbed(place: Place, given: Given, work: Work, aside: Path) -> Kept:
    """The second of two runs: what is made at first sight, is made."""
    for number in range(2):
        job = _running(place, work.ask(place, given))
        began = time.monotonic()
        job = place.wait(job.id, _ended)
        seconds = time.monotonic() - began
        if job.state != "done":
            raise LateError(f"{work.name} without any fault: {job.state}: {job.error}")
        if number:
            folder = aside / work.name
            shutil.copytree(work.folder(place, job), folder)
        work.forget(place, job)
    return Kept(folder, max(seconds, 0.2))


def trial(setting: Setting, work: Work, fault: Fault, rounds: int) -> Outcome:
    """So many rounds; the app runs all the while unless the fault is its end."""
    outcome, place = Outcome(fault.name, work.name), setting.place
    rng = random.Random(f"{setting.seed} {work.name} {fault.name}")
    with ExitStack() as stack:
        scene = Scene(place, stack, stack.enter_context(place.app()))
        for number in range(rounds):
            prefix = f"{fault.name}-{work.name}-{number}".replace(" ", "-")[-60:]
            with Writer(place.environment(), BASE, prefix) as scene.writer:
                try:
                    if not scene.writer.begun(UP):  # what strikes before that says nothing of the journal
                        raise LateError(f"the writer had no answer within {UP:.0f} s")
                    job = _round(setting, scene, work, fault, rng)
                    scene.writer.kill()
                    _note(outcome, scene, job, scene.writer)
                    outcome.wrong += _again(setting, work, fault, job)
                except LateError as late:
                    outcome.wrong.append(f"round {number + 1}: {late}")
                    break
            setting.say(f"{fault.name}, {work.name}, {number + 1} of {rounds}: {job.state}")
    close(place, outcome)
    return outcome


def close(place: Place, outcome: Outcome) -> None:
    """Two days later, and what the doctor says."""
    outcome.left += len(judge.partial(place))
    outcome.partial += [str(path.relative_to(place.home)) for path in judge.days_later(place)]
    outcome.wrong += judge.sick(place)


def _round(setting: Setting, scene: Scene, work: Work, fault: Fault, rng: random.Random) -> JobRow:
    place = setting.place
    job = _running(place, work.ask(place, setting.given))
    time.sleep(rng.uniform(0, setting.kept[work.name].seconds))
    fault.strike(scene, rng)
    if fault.hold is None:
        job = place.wait(job.id, lambda it: it.is_over, fault.seconds)
        fault.lift(scene)
        return job
    time.sleep(fault.hold(rng))
    fault.lift(scene)
    return place.wait(job.id, _ended if fault.goes_on else lambda it: it.is_over, fault.seconds)


def _ended(job: JobRow) -> bool:
    """Whether it ended by itself. On a machine so busy that nobody beats for ten seconds it may say that it was
    interrupted, until it is heard again."""
    return job.is_over and job.state != "interrupted"


def _running(place: Place, job_id: str) -> JobRow:
    return place.wait(job_id, lambda it: it.state == "running" or it.is_over)


def _note(outcome: Outcome, scene: Scene, job: JobRow, writer: Writer) -> None:
    outcome.times += 1
    outcome.seen[f"{job.state}: {job.error}" if job.error else job.state] += 1
    for told in writer.told:
        outcome.seen[f"writing a note: {told}"] += 1
    outcome.kept += len(writer.kept)
    outcome.wrong += [] if writer.kept or writer.told else ["nobody wrote into the journal meanwhile"]
    outcome.lost += judge.lost(scene.place, writer.kept)
    if job.error and not scene.place.shown(scene.app, page="jobs").says(job.error[:60]):
        outcome.wrong.append(f"not on the Jobs page: {job.error[:60]}")


def _again(setting: Setting, work: Work, fault: Fault, job: JobRow) -> list[str]:
    """Try it again where it did not end well; how the result differs from the undisturbed one."""
    place, wrong = setting.place, list[str]()
    if job.state not in CLEAR:
        return [f"ended as {job.state}: {job.error}"]
    if job.state != "done":
        wrong += ["did not go on by itself"] if fault.goes_on else []
        job = place.wait(work.again(place, setting.given, job.id), _ended)
        if job.state != "done":
            return [*wrong, f"tried again: {job.state}: {job.error}"]
    wrong += [
        f"differs: {it}" for it in work.differs(work.folder(place, job), setting.kept[work.name].folder)
    ]
    work.forget(place, job)
    return wrong
