"""Jobs as a visitor may see, start and stop them. One on a data set is of that; one on none is its starter's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from hilander.config import ClusterConfig
from hilander.services import access, checkpoints, job_list, training
from hilander.services import jobs as beneath
from hilander.services.access import SERVER, Action, Refused
from hilander.services.door.visit import Visit, listed, on_dataset, on_job, on_run, on_server
from hilander.services.job_list import Waiting
from hilander.services.store import JobKind, JobRow
from hilander.train.config import TrainConfig


@listed
def list_jobs(
    visit: Visit,
    dataset_id: str | None = None,
    *,
    kinds: Iterable[JobKind] = ("cluster", "add", "import", "demo"),
) -> list[JobRow]:
    """Jobs of these kinds, of one data set or all that the visitor may see, newest first."""
    return beneath.list_jobs(dataset_id, kinds=kinds, seen_by=visit.person, workspace=visit.workspace)


@listed
def open_jobs(visit: Visit) -> list[JobRow]:
    """Queued and running jobs of every kind, oldest first, without their progress."""
    return job_list.open_jobs(seen_by=visit.person, workspace=visit.workspace)


@listed
def recent(visit: Visit, most: int) -> list[JobRow]:
    """Ended jobs of every kind, the one that ended last first, without their progress."""
    return job_list.recent(most, seen_by=visit.person, workspace=visit.workspace)


@listed
def get(visit: Visit, job_id: str) -> JobRow | None:
    """The job as it is now; None where there is none (any more) that the visitor may see."""
    with contextlib.suppress(Refused):
        return _get(visit, job_id)
    return None


@on_job(Action.SEE_JOBS)
def _get(visit: Visit, job_id: str) -> JobRow | None:
    return beneath.get(job_id, workspace=visit.workspace)


@listed
def waiting(visit: Visit, job: JobRow) -> Waiting:
    """What a queued job waits for; the places count everybody's jobs. Nothing of one that is gone."""
    if not visit.may(Action.SEE_JOBS, access.job(job.id)):
        return Waiting(0, busy=False, trouble="")
    return job_list.waiting(job, workspace=visit.workspace)


@on_server(Action.USE)
def trouble(visit: Visit) -> str:
    """What keeps the job process from running anything, in words; empty where nothing does."""
    return job_list.trouble(workspace=visit.workspace)


@on_job(Action.READ_LOG)
def log_of(visit: Visit, job_id: str) -> str:
    return job_list.log_of(job_id, workspace=visit.workspace)


@listed
def has_log(visit: Visit, job: JobRow) -> bool:
    """Whether there is a log that the visitor may read."""
    return visit.may(Action.READ_LOG, access.job(job.id)) and job_list.has_log(
        job.id, workspace=visit.workspace
    )


@on_job(Action.CANCEL)
def cancel(visit: Visit, job_id: str) -> None:
    beneath.cancel(job_id, who=visit.person.id, workspace=visit.workspace)


@on_job(Action.CANCEL)
def dismiss(visit: Visit, job_id: str) -> None:
    """Forget a job; one that still runs stops."""
    visit.store.remove_job(job_id)


@on_job(Action.CANCEL)
def retry(visit: Visit, job_id: str) -> str:
    """Queue its work again: whoever does that must be allowed to begin it, too."""
    job = visit.store.job(job_id)
    if job is not None and job.dataset_id is not None and job.kind in ("cluster", "train"):
        visit.check(Action.COMPUTE, access.dataset(job.dataset_id))
        _check_own(visit, str(job.settings.get("checkpoint", "")))
    elif job is not None and job.kind == "add":
        visit.check(Action.ADD, SERVER)
        visit.check(Action.COMPUTE, access.run(str(job.settings.get("run"))))
        _check_added(visit, str(job.settings.get("run")), str(job.settings.get("new")))
    elif job is not None and job.kind in ("import", "checkpoint"):
        visit.check(Action.ADD, SERVER)
    return beneath.retry(job_id, workspace=visit.workspace)


@on_job(Action.CANCEL)
def import_anyway(visit: Visit, job_id: str) -> str:
    """Import again what is in a data set already."""
    visit.check(Action.ADD, SERVER)
    return beneath.import_anyway(job_id, workspace=visit.workspace)


@on_dataset(Action.COMPUTE)
def submit_cluster(visit: Visit, dataset_id: str, config: ClusterConfig) -> str:
    """Queue a clustering; the visitor must be allowed to use the checkpoint, too."""
    _check_checkpoint(visit, config.checkpoint)
    return beneath.submit_cluster(dataset_id, config, owner=visit.person.id, workspace=visit.workspace)


@on_run(Action.COMPUTE)
def submit_add(visit: Visit, run_id: str, new: str, name: str) -> str:
    """Queue adding a data set's images to a run. What comes of it is the visitor's, so they must be allowed to take
    away what goes in, and to add data sets."""
    visit.check(Action.ADD, SERVER)
    _check_added(visit, run_id, new)
    return beneath.submit_add(run_id, new, name, owner=visit.person.id, workspace=visit.workspace)


def _check_added(visit: Visit, run_id: str, new: str) -> None:
    visit.check(Action.EXPORT, access.run(run_id))
    visit.check(Action.EXPORT, access.dataset(new))
    row = visit.store.run(run_id)
    _check_own(visit, "" if row is None else str(row.settings.get("checkpoint", "")))


def _check_checkpoint(visit: Visit, source: str) -> None:
    """One of the workspace's own that the visitor may use, or one that ships: no other path of the server."""
    ships = {choice.source for choice in checkpoints.list_checkpoints(visit.workspace) if choice.row is None}
    if not _check_own(visit, source) and source not in ships:
        visit.check(Action.SERVER_PATHS, SERVER)


def _check_own(visit: Visit, source: str) -> bool:
    """Whether a checkpoint is of the workspace's own; Refused where it is not for the visitor."""
    own = checkpoints.own_id(source, visit.workspace)
    if own is not None:
        visit.check(Action.EXPORT, access.checkpoint(own))
    return own is not None


@on_dataset(Action.COMPUTE)
def submit_train(visit: Visit, dataset_id: str, config: TrainConfig, name: str = "") -> str:
    return training.submit_train(dataset_id, config, name, owner=visit.person.id, workspace=visit.workspace)


@listed
def trainings(visit: Visit, dataset_id: str | None = None) -> list[JobRow]:
    """Train jobs, newest first."""
    return training.trainings(dataset_id, seen_by=visit.person, workspace=visit.workspace)


@listed
def can_resume(visit: Visit, job: JobRow) -> bool:
    """Whether an ended training left what it needs to go on, and the visitor may have it go on."""
    return visit.may(Action.CANCEL, access.job(job.id)) and training.can_resume(
        job, workspace=visit.workspace
    )


@on_job(Action.CANCEL)
def resume_train(visit: Visit, job_id: str) -> None:
    """Go on with a training that ended early: whoever does that must be allowed to begin one, too."""
    job = visit.store.job(job_id)
    if job is not None and job.dataset_id is not None:
        visit.check(Action.COMPUTE, access.dataset(job.dataset_id))
    training.resume_train(job_id, workspace=visit.workspace)


@on_job(Action.CANCEL)
def discard_train(visit: Visit, job_id: str) -> None:
    training.discard_train(job_id, workspace=visit.workspace)
