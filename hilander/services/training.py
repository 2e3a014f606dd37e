"""What pages call to train on a data set of the workspace: start, cancel, resume, discard.

A training is a job of kind "train". While it is not finished, what it needs to go on lies in training/ID,
where ID is the checkpoint that it will become; cancelling keeps that too, so every training that ended early
can be resumed until somebody discards it.

    train job     settings {config: TrainConfig, checkpoint: ID}
                  progress {stage "levels" | "epochs" | "tuning" | "saving", epoch, epochs, seconds, nodes, fraction}
                  history: one record an epoch {epoch, loss, link_loss, density_loss, Fp, Fb, NMI, best_epoch, seconds}

The work itself is trainer.py's, which needs torch; pages need none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.io.atomic import remove
from hilander.services import job_process, jobs
from hilander.services.people import LOCAL, Person
from hilander.services.store import JobRow, Store, new_id, open_store, required_dataset
from hilander.services.workspace import Workspace, default_workspace
from hilander.train.config import TrainConfig
from hilander.train.sets import TrainSet, check_enough, split_identities

if TYPE_CHECKING:
    from numpy.typing import NDArray


def submit_train(
    dataset_id: str,
    config: TrainConfig,
    name: str = "",
    *,
    owner: str = LOCAL.id,
    workspace: Workspace | None = None,
) -> str:
    """Queue a training on a labelled data set; the job id. Its checkpoint is called `name` and is its owner's."""
    workspace, store = _open(workspace)
    dataset = required_dataset(store, dataset_id)
    if not dataset.has_labels:
        raise InputError(
            f"Training needs labels; {dataset.name!r} has none. Import it again with a labels CSV on the Data page."
        )
    settings = {"config": config.to_dict(), "checkpoint": new_id()}
    title = name.strip() or default_name(dataset.name, config)
    job_id = store.add_job("train", settings, name=title, dataset_id=dataset_id, owner=owner)
    job_process.start(workspace)
    return job_id


def default_name(dataset: str, config: TrainConfig) -> str:
    return f"{dataset[:60]}, {config.model}"


def check_labels(codes: NDArray[np.int64], config: TrainConfig) -> None:
    """InputError when labels (-1 unknown) cannot be trained with; the training would say the same, but later.

    The embeddings do not matter for that: any will do.
    """
    one = TrainSet.of(np.ones((len(codes), 1), np.float32), codes)
    if config.validation > 0:
        one, _ = split_identities(one, config.validation, np.random.default_rng([config.seed, 1]))
    check_enough(one, max(config.ks))


def trainings(
    dataset_id: str | None = None, *, seen_by: Person | None = None, workspace: Workspace | None = None
) -> list[JobRow]:
    """Train jobs, all or those that a person may see, newest first."""
    return jobs.list_jobs(dataset_id, kinds=("train",), seen_by=seen_by, workspace=workspace)


def can_resume(job: JobRow, *, workspace: Workspace | None = None) -> bool:
    """Whether an ended training left what it needs to go on from where it was."""
    workspace, _ = _open(workspace)
    kept = workspace.training_dir(job.settings["checkpoint"]).glob("epoch-*")
    return job.is_over and job.state != "done" and any(kept)


def resume_train(job_id: str, *, workspace: Workspace | None = None) -> None:
    """Queue an ended training again: it goes on where it was, from the beginning if nothing was kept.

    The trainer holds a lock, so a process that was thought dead and is not cannot disturb it.
    """
    workspace, store = _open(workspace)
    if not store.requeue_job(job_id, ("cancelled", "interrupted", "failed")):
        raise InputError("This training is not one that was stopped (resumed already, or discarded?).")
    job_process.start(workspace)


def discard_train(job_id: str, *, workspace: Workspace | None = None) -> None:
    """Forget an ended training and what it kept to go on; a finished checkpoint stays."""
    workspace, store = _open(workspace)
    job = store.job(job_id)
    if job is None or not job.is_over:
        raise InputError("Only a training that has ended can be discarded. Cancel it first.")
    store.remove_job(job_id)
    remove(workspace.training_dir(job.settings["checkpoint"]))


def _open(workspace: Workspace | None) -> tuple[Workspace, Store]:
    workspace = workspace or default_workspace()
    return workspace, open_store(workspace)
