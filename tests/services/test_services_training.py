"""Training on a data set of the workspace: filed when done, kept when stopped, resumed to the same end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from hilander.config import ClusterConfig
from hilander.errors import Cancelled, InputError
from hilander.model.checkpoint import load_checkpoint
from hilander.services import datasets, job_process, jobs, trainer, training, trash
from hilander.services.checkpoints import list_checkpoints
from hilander.services.clustering import cluster_dataset
from hilander.services.leftovers import sweep
from hilander.services.store import JobRow, Store, open_store
from hilander.services.trainer import run_training
from hilander.services.workspace import Workspace, default_workspace
from hilander.train.config import TrainConfig
from tests.services.small_uploads import add_labelled, add_points

CONFIG = TrainConfig(epochs=4, ks=(5,), levels=2, own_rounds=1, hidden=8, validation=0.25)


@pytest.fixture
def no_process(monkeypatch) -> None:
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)


@pytest.fixture
def labelled(workspace, blobs) -> str:
    return add_labelled(workspace, *blobs)


@pytest.fixture
def job(no_process, workspace, store, labelled) -> JobRow:
    return store.job(training.submit_train(labelled, CONFIG, "Mine", workspace=workspace))


def run(workspace: Workspace, store: Store, job_id: str, stop_after: int | None = None) -> JobRow:
    """Do a job's work here; with `stop_after`, it is cancelled after so many epochs."""

    def tell(record, history=None, *, at_once=False):
        store.report_progress(job_id, record, history)
        if stop_after is not None and record.get("epoch", 0) >= stop_after and record["stage"] == "epochs":
            raise Cancelled

    run_training(workspace, store, store.job(job_id), tell, lambda: None)
    return store.job(job_id)


def stopped(workspace: Workspace, store: Store, job_id: str, after: int) -> None:
    store.start_job(job_id)
    with pytest.raises(Cancelled):
        run(workspace, store, job_id, stop_after=after)
    store.end_job(job_id, "cancelled")


def kept(workspace: Workspace) -> list[str]:
    return [path.name for path in workspace.trainings_dir().iterdir()]


def weights(source: str | Path) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in load_checkpoint(source).network.state_dict().items()}


def test_a_finished_training_is_a_checkpoint_with_its_figures(workspace, store, job, labelled):
    done = run(workspace, store, job.id)
    assert [it["epoch"] for it in done.history] == [1, 2, 3, 4]
    assert done.progress["stage"] == "saving"
    (choice,) = [it for it in list_checkpoints(workspace) if it.row]
    best = next(it for it in done.history if it["epoch"] == done.history[-1]["best_epoch"])
    assert choice.row.summary == {
        **{"n": 120, "classes": 12, "epochs": 4, "best_epoch": best["epoch"]},
        **{name: best[name] for name in ("Fp", "Fb", "NMI")},
        "seconds": choice.row.summary["seconds"],
    }
    assert (choice.name, choice.k, choice.row.dataset, choice.row.dataset_id) == (
        "Mine",
        5,
        "labelled",
        labelled,
    )
    assert kept(workspace) == []
    row = cluster_dataset(workspace, store, labelled, ClusterConfig(choice.source, k=5), run_id="r")
    assert row.settings["checkpoint"] == str(workspace.checkpoint_dir(job.settings["checkpoint"]))


def test_a_stopped_training_goes_on_to_the_same_end(workspace, store, job, labelled):
    other = training.submit_train(labelled, CONFIG, "Undisturbed", workspace=workspace)
    run(workspace, store, other)
    stopped(workspace, store, job.id, after=2)
    assert training.can_resume(store.job(job.id))
    assert len(kept(workspace)) == 1
    training.resume_train(job.id, workspace=workspace)
    again = store.job(job.id)
    assert (again.state, again.cancel, [it["epoch"] for it in again.history]) == ("queued", False, [1, 2])
    store.report_progress(
        job.id, {}, again.history[:1]
    )  # as when the process dies before it tells the second
    run(workspace, store, job.id)
    assert [it["epoch"] for it in store.job(job.id).history] == [1, 2, 3, 4]
    one, two = (weights(it.source) for it in list_checkpoints(workspace) if it.row)
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert kept(workspace) == []


def test_only_a_stopped_training_can_be_resumed_and_only_once(workspace, store, job):
    with pytest.raises(InputError, match="not one that was stopped"):
        training.resume_train(job.id, workspace=workspace)
    stopped(workspace, store, job.id, after=1)
    training.resume_train(job.id, workspace=workspace)
    with pytest.raises(InputError, match="not one that was stopped"):
        training.resume_train(job.id, workspace=workspace)
    run(workspace, store, job.id)
    store.start_job(job.id)
    store.end_job(job.id, "done")
    assert not training.can_resume(store.job(job.id))


def test_a_training_killed_after_its_checkpoint_was_filed_ends_at_once(workspace, store, job, monkeypatch):
    run(workspace, store, job.id)
    monkeypatch.setattr(trainer, "fit", lambda *_, **__: pytest.fail("trained again"))
    workspace.training_dir(job.settings["checkpoint"]).mkdir()
    run(workspace, store, job.id)
    assert len([it for it in list_checkpoints(workspace) if it.row]) == 1
    assert kept(workspace) == []


def test_nothing_half_written_stays_when_the_checkpoint_cannot_be_kept(workspace, store, job, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_checkpoint", lambda row: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            run(workspace, store, job.id)
    assert list(workspace.checkpoints_dir().iterdir()) == []
    assert kept(workspace) == [job.settings["checkpoint"]]  # so that it need not be trained again
    run(workspace, store, job.id)
    assert len(store.checkpoints()) == 1


def test_discarding_removes_what_was_kept(workspace, store, job):
    with pytest.raises(InputError, match="Cancel it first"):
        training.discard_train(job.id, workspace=workspace)
    stopped(workspace, store, job.id, after=1)
    training.discard_train(job.id, workspace=workspace)
    assert (store.job(job.id), kept(workspace)) == (None, [])


def test_purging_the_data_set_removes_its_trainings_but_no_checkpoint(workspace, store, job, labelled):
    run(workspace, store, job.id)
    second = training.submit_train(labelled, CONFIG, workspace=workspace)
    stopped(workspace, store, second, after=1)
    datasets.delete_dataset(labelled, workspace)
    assert (store.jobs(kinds=["train"]), len(kept(workspace))) == ([], 1)
    trash.purge("dataset", labelled, workspace)
    assert (store.train_jobs_of(), kept(workspace)) == ([], [])
    assert [it.name for it in store.checkpoints()] == ["Mine"]


def test_a_training_whose_data_set_is_purged_meanwhile_leaves_nothing(workspace, store, job, labelled):
    def tell(record, history=None, *, at_once=False):
        if record["stage"] == "epochs":
            datasets.delete_dataset(labelled, workspace)
            trash.purge("dataset", labelled, workspace)
            raise Cancelled

    with pytest.raises(Cancelled):
        run_training(workspace, store, job, tell, lambda: None)
    assert kept(workspace) == []


def test_what_no_job_can_resume_is_swept(workspace, store, job):
    stopped(workspace, store, job.id, after=1)
    sweep(workspace, store, older_than=-1)
    assert kept(workspace) == [job.settings["checkpoint"]]
    store.remove_job(job.id)
    sweep(workspace, store)
    assert len(kept(workspace)) == 1  # not a day old
    sweep(workspace, store, older_than=-1)
    assert kept(workspace) == []
    assert list(workspace.locks_dir().glob("train-*")) == []


def test_labels_of_some_rows_are_used(no_process, workspace, store, blobs):
    x, labels = blobs
    part = add_labelled(workspace, x, np.where(np.arange(120) % 3 == 0, -1, labels), "part")
    run(workspace, store, training.submit_train(part, CONFIG, workspace=workspace))
    assert store.checkpoints()[0].summary["n"] == 80


def test_a_data_set_without_labels_is_refused(no_process, workspace, blobs):
    points = add_points(workspace, blobs[0])
    with pytest.raises(InputError, match="needs labels; 'points' has none"):
        training.submit_train(points, CONFIG, workspace=workspace)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0] * 8, "at least two identities"),
        (range(8), "at least two identities, one of them with two images"),
        ([-1] * 8, "at least two identities"),
        ([0, 0, 0, 0, 1, 1, 1, 1], "both sides need two identities"),
    ],
)
def test_labels_that_cannot_be_trained_on_are_told_beforehand(labels, told):
    with pytest.raises(InputError, match=told):
        training.check_labels(np.array(labels), TrainConfig())


def test_good_labels_pass_the_check(blobs):
    training.check_labels(blobs[1], CONFIG)
    few = np.array([0, 0, 1, 1, -1])
    training.check_labels(few, TrainConfig(validation=0, ks=(4, 3)))
    with pytest.raises(InputError, match="k 10 asks for 9 neighbours of every image; got 4 labelled"):
        training.check_labels(few, TrainConfig(validation=0))


# -- in the real job process --------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HILANDER_HOME", str(tmp_path_factory.mktemp("training")))
        workspace = default_workspace()
        job_process.start()
        yield workspace
        job_process.stop(workspace)


@pytest.fixture(scope="module")
def long_job(home, blobs) -> str:
    """A training that takes minutes."""
    config = TrainConfig(epochs=5_000, ks=(5,), levels=2, own_rounds=0, hidden=8, validation=0.25, patience=0)
    return training.submit_train(add_labelled(home, *blobs), config, "Long")


def wait(job_id: str, until: Callable[[JobRow], bool], seconds: float = 60) -> JobRow:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.get(job_id)
        if job is not None and until(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {job}")


def at_epoch(number: int) -> Callable[[JobRow], bool]:
    return lambda job: job.progress.get("epoch", 0) >= number


def is_over(job: JobRow) -> bool:
    return job.is_over


def test_cancelled_resumed_killed_and_resumed_again(home, long_job):
    wait(long_job, at_epoch(3))
    jobs.cancel(long_job)
    first = wait(long_job, is_over, 10)
    assert (first.state, first.error) == ("cancelled", "")

    training.resume_train(long_job)
    later = first.history[-1]["epoch"] + 5
    wait(long_job, at_epoch(later))
    host = psutil.Process(job_process._hosts[home.root].process.pid)
    worker = max(host.children(recursive=True), key=lambda process: process.memory_info().rss)
    os.kill(worker.pid, signal.SIGKILL)
    killed = wait(long_job, is_over, 30)
    assert killed.state == "interrupted"
    assert training.can_resume(killed)

    training.resume_train(long_job)
    again = wait(long_job, at_epoch(later + 5))
    epochs = [it["epoch"] for it in again.history]
    assert epochs == sorted(set(epochs))
    assert epochs[0] == 1
    jobs.cancel(long_job)
    assert wait(long_job, is_over, 10).state == "cancelled"
    training.discard_train(long_job)
    assert kept(home) == []


def test_a_clustering_does_not_wait_for_a_training(home, blobs, checkpoint):
    config = TrainConfig(epochs=5_000, ks=(5,), levels=2, own_rounds=0, hidden=8, validation=0, patience=0)
    dataset = add_labelled(home, *blobs, "other")
    long = training.submit_train(dataset, config)
    wait(long, at_epoch(1))
    assert wait(jobs.submit_cluster(dataset, ClusterConfig(checkpoint=checkpoint)), is_over).state == "done"
    assert jobs.get(long).state == "running"
    jobs.cancel(long)
    wait(long, is_over, 10)


def test_an_uploaded_file_is_checked_by_the_job_process(home, tmp_path):
    from hilander.services import checkpoints

    (tmp_path / "x.zip").write_bytes(checkpoints.pack(checkpoints.list_checkpoints(home)[0], home))
    good = jobs.submit_checkpoint(tmp_path / "x.zip", name="Copy")
    end = time.monotonic() + 30
    while jobs.get(good) is not None and time.monotonic() < end:
        time.sleep(0.05)
    assert [row.name for row in open_store().checkpoints()] == ["Copy"]

    (tmp_path / "y.zip").write_bytes(b"no zip")
    bad = wait(jobs.submit_checkpoint(tmp_path / "y.zip"), is_over)
    assert bad.state == "failed"
    assert bad.error.startswith("y.zip must be a complete zip of a hilander checkpoint")
    assert len(open_store().checkpoints()) == 1
