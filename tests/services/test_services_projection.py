"""Where rows are laid out: few, the same, sampled; and that asking twice computes once."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.graph import loops
from hilander.services import job_process, projection, worker
from hilander.services import layout as layouts
from hilander.services.heart import Heart
from hilander.services.layout import layout
from hilander.services.projection import request, result, sample
from hilander.services.store import now, open_store
from tests.services.claims import claim_queued
from tests.services.small_uploads import add_points


@pytest.fixture(autouse=True)
def no_job_process(monkeypatch):
    """Here jobs are run by hand; tests/services/test_services_jobs.py has the real process and the real UMAP."""
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    monkeypatch.setattr(layouts, "umap_of", layouts.principal)  # compiling takes ten seconds


def unit(x) -> np.ndarray:
    x = np.asarray(x, dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_three_points_are_laid_out_by_pca():
    xy, method, note = layout(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32))
    distances = np.linalg.norm(xy[:, None] - xy[None], axis=2)[np.triu_indices(3, 1)]
    assert distances == pytest.approx([np.sqrt(2)] * 3, abs=1e-5)  # an equilateral triangle stays one
    assert (method, "by PCA" in note) == ("pca", True)


def test_one_and_two_points():
    assert layout(unit([[1, 2]]))[0].tolist() == [[0, 0]]
    xy = layout(np.array([[1, 0], [0, 1]], np.float32))[0]
    assert np.abs(xy) == pytest.approx(np.array([[np.sqrt(0.5), 0]] * 2), abs=1e-6)


def test_equal_points_are_told_as_such(rng):
    xy, method, note = layout(np.repeat(unit([[1, 2, 3]]), 9, axis=0))
    assert (np.abs(xy).max(), method) == (0, "pca")
    assert "the same embedding" in note


def test_neighbours_count_the_row_itself_first_even_among_equals():
    x = unit([[1, 0], [1, 0], [1, 0], [0, 1]])
    nearest, distances = layouts.nearest(x, 3)
    assert nearest.tolist() == [[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 0, 1]]
    assert distances[:3].tolist() == [[0, 0, 0]] * 3
    assert distances[3, 1:].tolist() == [1, 1]


def test_a_sample_keeps_the_peak_and_is_always_the_same():
    rows = np.arange(10_000)
    outside = np.setdiff1d(rows, sample(rows, None))[0]
    chosen = sample(rows, int(outside))
    assert len(chosen) == len(set(chosen.tolist())) == projection.MANY
    assert (np.diff(chosen) > 0).all()
    assert outside in chosen
    assert np.array_equal(chosen, sample(rows, int(outside)))
    assert sample(rows[: projection.MANY], None) is not None
    assert len(sample(rows[: projection.MANY], 5)) == projection.MANY


@pytest.fixture
def fifty(workspace, rng) -> str:
    return add_points(workspace, rng.normal(size=(50, 8)))


def run_waiting(workspace) -> int:
    """Do the queued projections as the worker does; how many there were."""
    store = open_store(workspace)
    queued = claim_queued(store)
    for job in queued:
        store.start_job(job.id)
        projection.compute(workspace, job.settings)
        store.remove_job(job.id)
    return len(queued)


def test_fifty_points_are_computed_once_and_kept(workspace, fifty):
    rows = np.arange(50)
    key = request(fifty, rows, 3)
    assert request(fifty, rows[::-1], 3) == key  # the same rows
    assert result(key) is None
    assert run_waiting(workspace) == 1
    found = result(key)
    assert (found.rows.tolist(), found.method, found.note) == (rows.tolist(), "umap", "")
    assert found.xy.shape == (50, 2)
    assert request(fifty, rows, 3) == key
    assert run_waiting(workspace) == 0


def test_other_rows_or_another_peak_are_another_projection(fifty):
    keys = {request(fifty, np.arange(n), peak) for n in (10, 11) for peak in (None, 0, 1)}
    assert len(keys) == 6


def test_few_rows_are_there_at_once(workspace, fifty):
    found = result(request(fifty, [4, 2, 30]))
    assert (found.rows.tolist(), found.method) == ([2, 4, 30], "pca")
    assert run_waiting(workspace) == 0


def test_more_than_are_laid_out_say_so(workspace, rng, monkeypatch):
    monkeypatch.setattr(projection, "MANY", 20)
    many = add_points(workspace, rng.normal(size=(60, 4)))
    key = request(many, np.arange(60), 7)
    run_waiting(workspace)
    found = result(key)
    assert len(found.rows) == 20
    assert 7 in found.rows
    assert found.note == "20 of 60 images, chosen at random."


@pytest.mark.parametrize("rows", [[], [-1], [50]])
def test_rows_that_are_not_there_are_refused(fifty, rows):
    with pytest.raises(InputError, match="row numbers from 0 to 49"):
        request(fifty, rows)


def test_a_failed_projection_says_why(workspace, fifty):
    key, store = request(fifty, np.arange(9)), open_store(workspace)
    (job,) = claim_queued(store)
    store.end_job(job.id, "failed", "no space left.")
    with pytest.raises(InputError, match="failed: no space left"):
        result(key)


def test_a_projection_whose_process_died_is_tried_once_more(workspace, fifty):
    key, store = request(fifty, np.arange(9)), open_store(workspace)
    for tries in (1, 2):
        (job,) = claim_queued(store, f"host {tries}")
        store.start_job(job.id)
        store.release_host(f"host {tries}")
        if tries == 1:
            assert result(key) is None
    with pytest.raises(InputError, match="failed"):
        result(key)


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted", "done"])
def test_one_that_ended_without_a_file_is_computed_when_asked_for_again(workspace, fifty, state):
    rows, store = np.arange(9), open_store(workspace)
    key = request(fifty, rows)
    (job,) = claim_queued(store)
    store.start_job(job.id)
    store.report_progress(job.id, {"again": True})  # the second try of the same asking
    store.end_job(job.id, state, "no space left.")
    assert request(fifty, rows) == key
    assert store.job(job.id).state == state  # just now: a page that reruns does not loop
    with pytest.raises(InputError, match="Open it again"):
        result(key)
    store.update_job(job.id, ended=now() - timedelta(seconds=projection.TRY_AGAIN_AFTER + 1))
    assert request(fifty, rows) == key
    assert run_waiting(workspace) == 1
    assert result(key).method == "umap"


def test_one_that_is_computed_is_not_started_again(workspace, fifty):
    key, store = request(fifty, np.arange(9)), open_store(workspace)
    (job,) = claim_queued(store)
    store.start_job(job.id)
    store.update_job(job.id, ended=now() - timedelta(days=1))
    assert request(fifty, np.arange(9)) == key
    assert store.job(job.id).state == "running"


def test_nobody_asked(workspace):
    with pytest.raises(InputError, match="not asked for"):
        result("0" * 32)


def test_an_idle_worker_gets_slow_first_times_over_with(monkeypatch):
    monkeypatch.setattr(worker, "IDLE_BEFORE_WARM_UP", 0.0)
    done = []
    monkeypatch.setattr(layouts, "umap_of", lambda _x: done.append("umap"))
    monkeypatch.setattr(loops, "at_hand", lambda: done.append("loops"))
    monkeypatch.setattr(layouts.importlib, "import_module", done.append)
    worker.warm_up()
    assert (done[0], done[-2:]) == ("loops", ["umap", "umap"])  # a clustering is what is waited for first


def test_what_a_worker_gets_over_with_waits_while_a_job_runs(store, monkeypatch):
    """In the middle of it as before it: a job beside an import takes seconds longer."""
    job_id = store.add_job("export", {}, name="Export")
    monkeypatch.setattr(worker, "IDLE_BEFORE_WARM_UP", 0.05)
    monkeypatch.setattr(worker, "_heart", heart := Heart())
    begun, done, goes_on = Event(), [], Event()

    def first():
        begun.set()
        goes_on.wait(60)

    monkeypatch.setattr(loops, "at_hand", first)
    monkeypatch.setattr(layouts, "warm_ups", lambda: iter([lambda: done.append("umap")]))
    idle = Thread(target=worker.warm_up)
    idle.start()
    begun.wait(60)
    with heart.beating(store, job_id):
        goes_on.set()
        idle.join(0.5)
        assert (idle.is_alive(), done) == (True, [])
    idle.join(60)
    assert done == ["umap"]
