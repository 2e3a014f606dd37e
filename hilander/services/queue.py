"""The order of the queue: which waiting jobs may start beside those that run, and which place a waiting one has.

    waiting + taken + Room  ->  startable;      waiting  ->  places

Long jobs (imports, clusterings, trainings) share the machine's places: HILANDER_JOBS of them run at once, the oldest
first, and no kind has more than half of the places, so that nobody waits for somebody else's long training. What an
opened page waits for (projections, exports, maps) has a place of its own beside them, one a kind. A job that may use
the GPU waits for the one that does. Knows nothing about processes, dask or the database.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hilander.errors import InputError
from hilander.services.store import JobRow

LIMIT_VARIABLE = "HILANDER_JOBS"
CORES_A_JOB, FEWEST = 4, 2
BESIDE = frozenset({"projection", "export", "map"})
SAME = {"demo": "cluster", "add": "cluster", "checkpoint": "import"}  # kinds that count as another


@dataclass(frozen=True)
class Room:
    """How much may run at once.

    places : long jobs
    gpus : jobs that may use a GPU; None where there is no GPU, or where nobody counts
    """

    places: int
    gpus: int | None = None


def limit() -> int:
    """Long jobs at once on one machine: HILANDER_JOBS, else one for every four cores and at least two."""
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return max(FEWEST, len(os.sched_getaffinity(0)) // CORES_A_JOB)
    if not text.isdecimal() or int(text) < 1:
        raise InputError(
            f"{LIMIT_VARIABLE} must be a whole number of at least 1, the long jobs that run at once; got {text!r}."
        )
    return int(text)


def startable(waiting: Iterable[JobRow], taken: Sequence[JobRow], room: Room) -> list[JobRow]:
    """The waiting jobs that may start now beside the taken ones, oldest first."""
    beside, chosen = list(taken), []
    for job in in_order(waiting):
        if _fits(job, beside, room):
            beside.append(job)
            chosen.append(job)
    return chosen


def _fits(job: JobRow, taken: Sequence[JobRow], room: Room) -> bool:
    kinds = Counter(map(kind_of, taken))
    if job.kind in BESIDE:
        return kinds[job.kind] < 1
    if sum(kinds.values()) - sum(kinds[kind] for kind in BESIDE) >= room.places:
        return False
    if kinds[kind_of(job)] >= max(1, room.places // 2):
        return False
    return room.gpus is None or not wants_gpu(job) or sum(map(wants_gpu, taken)) < room.gpus


def kind_of(job: JobRow) -> str:
    """The kind that a job counts as: a demo is a clustering, and so is adding to one."""
    return SAME.get(job.kind, job.kind)


def wants_gpu(job: JobRow) -> bool:
    """Whether the job computes on a GPU where there is one: its device is cuda or auto."""
    settings = job.settings.get("config", job.settings)
    return job.kind == "demo" or settings.get("device") in ("cuda", "auto")


def in_order(waiting: Iterable[JobRow]) -> list[JobRow]:
    return sorted(waiting, key=lambda job: (job.created, job.id))


def places(waiting: Iterable[JobRow]) -> dict[str, int]:
    """Each waiting job's place, 1 for the next, among the long jobs or among those of its kind beside them."""
    count: Counter[str] = Counter()
    found = {}
    for job in in_order(waiting):
        line = job.kind if job.kind in BESIDE else "long"
        count[line] += 1
        found[job.id] = count[line]
    return found
