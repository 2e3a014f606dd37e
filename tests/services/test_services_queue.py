"""Who starts next: hand-made queues, and a property of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.services import queue
from hilander.services.queue import BESIDE, Room, kind_of, places, startable, wants_gpu
from hilander.services.store import JobRow

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CPU, CUDA, AUTO = {"device": "cpu"}, {"device": "cuda"}, {"device": "auto"}


def job(number: int, kind: str, settings: dict | None = None) -> JobRow:
    """Queued at second `number`, which is its id too."""
    fields = {"state": "queued", "name": "", "dataset_id": None, "run_id": None, "settings": settings or {}}
    fields |= {"progress": {}, "history": [], "error": "", "cancel": False, "host": None, "heartbeat": None}
    queued = BEGAN + timedelta(seconds=number)
    return JobRow(id=str(number), kind=kind, created=queued, started=None, ended=None, **fields)


def started(waiting: list[JobRow], taken: list[JobRow], room: Room) -> list[int]:
    return [int(one.id) for one in startable(waiting, taken, room)]


@pytest.mark.parametrize(
    ("waiting", "running", "limit", "found"),
    [
        (["cluster", "import"], [], 2, [0, 1]),
        (["cluster", "cluster", "import"], [], 2, [0, 2]),  # no kind has more than half of the places
        (["cluster", "cluster", "import"], [], 4, [0, 1, 2]),
        (["cluster", "import"], [], 1, [0]),
        (["cluster"], ["train"], 1, []),
        (["cluster"], ["train"], 2, [0]),
        (["import"], ["train", "cluster"], 2, []),
        (["demo"], ["cluster"], 2, []),  # a demo is a clustering
        (["projection", "export", "map"], ["train", "cluster"], 2, [0, 1, 2]),  # places of their own
        (["projection", "projection"], [], 8, [0]),
    ],
)
def test_who_starts_beside_those_that_run(waiting, running, limit, found):
    queued = [job(i, kind) for i, kind in enumerate(waiting)]
    taken = [job(100 + i, kind) for i, kind in enumerate(running)]
    assert started(queued, taken, Room(limit)) == found


def test_the_oldest_is_first_whatever_order_they_come_in():
    assert started([job(2, "cluster"), job(1, "cluster")], [], Room(1)) == [1]


def test_one_job_uses_the_gpu_at_a_time():
    on_gpu = [job(0, "cluster", CUDA), job(1, "train", {"config": AUTO}), job(2, "import")]
    assert started(on_gpu, [], Room(4, gpus=1)) == [0, 2]
    assert started(on_gpu, [], Room(4, gpus=2)) == [0, 1, 2]
    assert started(on_gpu, [], Room(4, gpus=None)) == [0, 1, 2]
    assert started([job(0, "cluster", CPU)], [job(9, "train", {"config": CUDA})], Room(4, gpus=1)) == [0]
    assert [wants_gpu(job(0, "demo")), wants_gpu(job(0, "export"))] == [True, False]


def test_places_count_the_long_jobs_together_and_what_pages_wait_for_by_kind():
    waiting = [
        job(3, "cluster"),
        job(1, "import"),
        job(2, "projection"),
        job(4, "projection"),
        job(5, "train"),
    ]
    assert places(waiting) == {"1": 1, "3": 2, "5": 3, "2": 1, "4": 2}


KINDS = ["cluster", "import", "demo", "train", "checkpoint", "projection", "map", "export"]


@given(st.lists(st.sampled_from(KINDS), max_size=12), st.integers(1, 6))
def test_the_limit_holds_and_an_empty_machine_never_idles(kinds, limit):
    waiting = [job(i, kind) for i, kind in enumerate(kinds)]
    chosen = startable(waiting, [], Room(limit))
    long = [one for one in chosen if one.kind not in BESIDE]
    assert len(long) <= limit
    assert bool(chosen) == bool(waiting)
    if any(kind not in BESIDE for kind in kinds):
        assert long[0].id == str(next(i for i, kind in enumerate(kinds) if kind not in BESIDE))
    for kind in {kind_of(one) for one in long}:
        assert sum(kind_of(one) == kind for one in long) <= max(1, limit // 2)


@pytest.mark.parametrize(("cores", "text", "found"), [(2, "", 2), (64, "", 16), (2, " 5 ", 5), (64, "1", 1)])
def test_the_limit_goes_by_the_cores_unless_somebody_says(monkeypatch, cores, text, found):
    monkeypatch.setenv("HILANDER_JOBS", text)
    monkeypatch.setattr(queue.os, "sched_getaffinity", lambda _process: set(range(cores)))
    assert queue.limit() == found


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_a_limit_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("HILANDER_JOBS", text)
    with pytest.raises(InputError, match="HILANDER_JOBS must be a whole number of at least 1"):
        queue.limit()
