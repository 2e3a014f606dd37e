"""The map of all images of a run, and what was taken out of it by hand."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.image_graph import ImageGraph
from hilander.hierarchy.run import Run
from hilander.services import image_layout, image_map, job_process, layout, projection, selection, trash
from hilander.services.journal import EXCLUSION, LOCAL
from hilander.services.runs import delete_run
from hilander.services.store import RunRow, now, open_store
from hilander.services.undo import undo_own
from tests.services.claims import claim_queued
from tests.services.small_uploads import add_points

N = 40


@pytest.fixture(autouse=True)
def no_job_process(monkeypatch):
    """The work is called by hand, and compiles nothing."""
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    monkeypatch.setattr(image_layout, "lay_out", lambda near, far, start, progress: start)
    monkeypatch.setattr(layout, "umap_of", layout.principal)


@pytest.fixture
def points(workspace, rng) -> str:
    return add_points(workspace, rng.normal(size=(N, 8)))


@pytest.fixture
def run(workspace, points) -> str:
    return keep(workspace, points, "run1", None)


def keep(workspace, dataset: str, run_id: str, graph: ImageGraph | None) -> str:
    alone = Hierarchy(
        *(np.arange(N), np.ones(N, np.int16), np.zeros(N, np.float32), np.zeros(N, np.float32)),
        *(np.zeros(0, np.float32), (), 0),
    )
    Run(alone, graph=graph).save(workspace.run_dir(run_id))
    row = RunRow(run_id, dataset, run_id, ClusterConfig().to_dict(), now(), "ready", {})
    open_store(workspace).add_run(row)
    return run_id


def work(workspace) -> int:
    """Do the queued maps as the worker does; how many there were."""
    store = open_store(workspace)
    queued = claim_queued(store)
    for job in queued:
        assert job.kind == "map"
        image_layout.compute(workspace, job.settings)
        store.remove_job(job.id)
    return len(queued)


def test_a_map_is_laid_out_once_a_run(workspace, run):
    key = image_map.request(run)
    assert image_map.request(run) == key
    assert projection.result(key) is None
    assert work(workspace) == 1
    found = projection.result(key)
    assert (found.rows.tolist(), found.method) == (list(range(N)), "umap")
    assert found.note == image_layout.SEARCHED
    assert image_map.request(run) == key
    assert work(workspace) == 0


def test_with_the_runs_graph_nothing_is_searched(workspace, points, monkeypatch):
    graph = ImageGraph(np.tile(np.arange(1, 9), (N, 1)).astype(np.int32), np.full((N, 8), 0.5, np.float32))
    run = keep(workspace, points, "run2", graph)
    monkeypatch.setattr(image_layout, "searched", lambda *_: pytest.fail("a second search"))
    key = image_map.request(run)
    work(workspace)
    assert projection.result(key).note == ""


def test_more_images_than_the_map_shows_are_sampled(workspace, run, monkeypatch):
    monkeypatch.setattr(image_map, "LIMIT", 25)
    key = image_map.request(run)
    work(workspace)
    found = projection.result(key)
    assert found.note.startswith("25 of 40 images, chosen at random.")
    assert np.array_equal(found.rows, image_map.chosen(N))
    assert len(np.unique(found.rows)) == 25


def test_progress_is_told(workspace, run):
    key = image_map.request(run)
    assert projection.progress(key) == {}
    (job,) = claim_queued(open_store(workspace))
    image_layout._teller(open_store(workspace), replace(job, progress={"again": True}))("umap", 0.25)
    assert projection.progress(key) == {"again": True, "stage": "umap", "fraction": 0.25}


def test_copies_stand_next_to_the_first_of_them():
    # images 0 and 2 are copies: one node, whose neighbour is 1
    graph = ImageGraph(
        np.array([[1, 3], [0, 3], [1, 0]], np.int32),
        np.array([[0.9, 0.1], [0.9, 0.2], [0.2, 0.1]], np.float32),
        np.array([0, 1, 0, 2], np.int32),
    )
    near, distance = image_layout.of_graph(graph, k=3)
    assert near.tolist() == [[0, 1, 3], [1, 0, 3], [2, 0, 1], [3, 1, 0]]
    assert distance[2] == pytest.approx([0, 0, 0.1])


@pytest.mark.parametrize(("code", "error"), [(3, InputError), (-9, MemoryError), (1, RuntimeError)])
def test_how_the_process_ended_is_told(code, error):
    image_layout._check(0, "")
    with pytest.raises(error):
        image_layout._check(code, "why")


def test_an_error_of_its_process_is_no_want_of_memory(tmp_path):
    """Python crashes where it ends while a thread holds the buffer of its input."""
    (tmp_path / "file").touch()
    words = [sys.executable, "-m", image_layout.__name__, str(tmp_path / "file"), "a" * 16]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        told = process.stderr.read().decode()  # while its input is open
        assert (process.wait(), "NotADirectoryError" in told) == (1, True)


def test_no_such_run(workspace):
    with pytest.raises(InputError, match="no run"):
        image_map.request("nothing")


def test_images_are_taken_out_and_in_again_step_by_step(workspace, run):
    def undone() -> list[int]:
        undo_own(open_store(workspace), run, EXCLUSION, who=LOCAL)
        return selection.excluded(run).tolist()

    assert selection.excluded(run).tolist() == []
    selection.exclude(run, [5, 3, 3], who=LOCAL)
    selection.exclude(run, np.array([7]), who=LOCAL)
    selection.include(run, [3], who=LOCAL)
    assert selection.excluded(run).tolist() == [5, 7]
    assert undone() == [3, 5, 7]
    assert undone() == [3, 5]
    selection.exclude(run, [0], who=LOCAL)
    assert selection.excluded(run).tolist() == [0, 3, 5]
    assert [undone() for _ in range(3)] == [[3, 5], [], []]


@pytest.mark.parametrize("rows", [[], [-1], [N]])
def test_rows_that_are_not_there_cannot_be_taken_out(run, rows):
    with pytest.raises(InputError, match="Select some first"):
        selection.exclude(run, rows, who=LOCAL)


def test_what_was_taken_out_goes_with_the_run(workspace, run):
    selection.exclude(run, [1], who=LOCAL)
    delete_run(run)
    trash.purge("run", run)
    assert selection.excluded(run).tolist() == []
    with pytest.raises(InputError, match="deleted"):
        selection.exclude(run, [1], who=LOCAL)
