"""What pages call to start, watch and stop work that runs outside their process.

A job is a row in the store. Submitting writes the row and makes sure that a job process is alive
(host.py: a dask cluster with one worker, started once per server process); everything after that goes
through the store, so a reload, a second browser or a restart finds the job again.

    cluster job   progress {level, stage, nodes, edges, new_links, seconds, fraction, coarser};
                  history: the newest such record of each level so far, in order
    add job       progress {level, stage, nodes, ...} as above, then {stage "joining", done, total, fraction}
    import job    progress {stage, done, total, seconds, fraction} (see imports.ImportProgress); {stage "same"} at its
                  end when the content was there already, in the data set `dataset_id`
    demo job      progress {stage: text for people, fraction}
    export job    progress {stage "packing", done, total, fraction}; its row goes once it is done
    checkpoint job: an uploaded checkpoint is checked and kept; its row goes once it is done
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from pathlib import Path

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.services import checkpoints, job_process, logs
from hilander.services.add_order import AddOrder
from hilander.services.datasets import UploadReport
from hilander.services.joined import misfit
from hilander.services.people import LOCAL, Person
from hilander.services.runs import default_name
from hilander.services.store import (
    DEMO_MADE,
    STALE_AFTER,
    JobKind,
    JobRow,
    Store,
    is_silent,
    new_id,
    open_store,
    required_dataset,
    required_run,
)
from hilander.services.uploads import order_of
from hilander.services.workspace import Workspace, default_workspace

DEMO_JOB = "demo"

logger = logging.getLogger(__name__)


def submit_cluster(
    dataset_id: str,
    config: ClusterConfig,
    *,
    name: str = "",
    owner: str = LOCAL.id,
    workspace: Workspace | None = None,
) -> str:
    """Queue a clustering of a data set; the job id. `owner` is the person who asks, here and below.

    The job's `run_id` is set from the start; the run (store.run(run_id)) is there once it is done, with
    summary {levels: [level table rows as dicts], natural_level, n_levels, clusters, seconds}.
    """
    workspace, store = _open(workspace)
    required_dataset(store, dataset_id)
    checkpoints.check_there(config.checkpoint, workspace, store)
    title = name.strip() or default_name(config, checkpoints.title_of(config.checkpoint, workspace))
    of_it = {"name": title, "dataset_id": dataset_id, "run_id": new_id(), "owner": owner}
    job_id = store.add_job("cluster", config.to_dict(), **of_it)
    job_process.start(workspace)
    return job_id


def submit_add(
    run_id: str,
    new: str,
    name: str,
    *,
    owner: str = LOCAL.id,
    workspace: Workspace | None = None,
) -> str:
    """Queue adding the images of the data set `new` to a run; the job id. `name` is for the data set of all images.

    The job's `run_id` is the new run's, there once it is done; its settings' "dataset" is what that run is of.
    InputError when the two do not go together, as far as can be seen at once.
    """
    workspace, store = _open(workspace)
    run = required_run(store, run_id)
    old, added = required_dataset(store, run.dataset_id), required_dataset(store, new)
    if fault := misfit(old, added):
        raise InputError(fault)
    checkpoints.check_there(str(run.settings.get("checkpoint", "")), workspace, store)
    title = name.strip() or f"{old.name}, more"
    device = str(run.settings.get("device", "auto"))
    order = AddOrder(run_id, new, new_id(), title, device)
    of_it = {"name": title, "dataset_id": run.dataset_id, "run_id": new_id(), "owner": owner}
    job_id = store.add_job("add", order.to_dict(), **of_it)
    job_process.start(workspace)
    return job_id


def submit_import(
    report: UploadReport,
    name: str,
    *,
    keep_matching: bool = False,
    owner: str = LOCAL.id,
    workspace: Workspace | None = None,
) -> str:
    """Queue an import; the job id. The job's `dataset_id` is set once it is done; the data set is its owner's.

    InputError when the report says that it cannot be done.
    """
    if not (report.can_import or (keep_matching and report.can_keep_matching)):
        raise InputError(" ".join(report.problems))
    workspace, store = _open(workspace)
    order = order_of(report, name, keep_matching=keep_matching)
    job_id = store.add_job("import", order.to_dict(), name=order.name, owner=owner)
    job_process.start(workspace)
    return job_id


def import_anyway(job_id: str, *, workspace: Workspace | None = None) -> str:
    """Queue an import again that found its content in a data set that is there; the new job's id."""
    workspace, store = _open(workspace)
    job = store.job(job_id)
    if job is None or job.kind != "import":
        raise InputError(f"Expected an import; got {job_id!r}. Choose one from the list of jobs.")
    new = store.add_job("import", job.settings | {"again": True}, name=job.name, owner=job.owner)
    job_process.start(workspace)
    return new


def submit_checkpoint(
    path: Path, *, name: str = "", owner: str = LOCAL.id, workspace: Workspace | None = None
) -> str:
    """Queue checking and keeping an uploaded checkpoint (a staged file); the job id."""
    workspace, store = _open(workspace)
    settings = {"path": str(path), "checkpoint": new_id(), "name": name.strip()}
    job_id = store.add_job("checkpoint", settings, name=path.name, owner=owner)
    job_process.start(workspace)
    return job_id


def submit_demo(workspace: Workspace | None = None) -> str | None:
    """Queue making the demo data sets; the job's id. None when they were made before or refused (cancelled)."""
    workspace, store = _open(workspace)
    if store.fact(DEMO_MADE) is not None:
        return None
    job_id = store.add_job("demo", {}, name="Demo data sets", job_id=DEMO_JOB)
    job = get(job_id, workspace=workspace)
    if job is None or job.state in ("cancelled", "done"):
        return None
    if job.state == "interrupted":
        store.requeue_job(job_id)
    job_process.start(workspace)
    return job_id


def cancel(job_id: str, *, who: str = LOCAL.id, workspace: Workspace | None = None) -> None:
    """Stop a job, as `who` asked: a queued one at once, a running one within two seconds."""
    workspace, store = _open(workspace)
    store.cancel_job(job_id)
    if store.job(job_id) is not None:
        with logs.of_job(workspace.log_path(job_id), job_id, who):
            logger.info("Somebody asked to cancel it")


def retry(job_id: str, *, workspace: Workspace | None = None) -> str:
    """Queue an ended job's work again, for whom it was; the new job's id (the same for the demo data sets)."""
    workspace, store = _open(workspace)
    job = store.job(job_id)
    if job is None or not job.is_over:
        raise InputError(f"Expected a job that has ended; got {job_id!r}. Choose one from the list of jobs.")
    makes_run = job.kind in ("cluster", "add")
    run_id = new_id() if makes_run else None
    again = None if job.kind != "demo" else DEMO_JOB
    if again:
        store.remove_job(again)
    dataset_id = job.dataset_id if makes_run else None
    new = store.add_job(
        job.kind,
        job.settings | ({"dataset": new_id()} if job.kind == "add" else {}),
        name=job.name,
        job_id=again,
        dataset_id=dataset_id,
        run_id=run_id,
        owner=job.owner,
    )
    job_process.start(workspace)
    if (
        job.state != "done" and new != job_id
    ):  # the new one takes its place; a process that was thought dead and is not stops
        store.remove_job(job_id)
        with contextlib.suppress(OSError):  # what was written about it is the beginning of the new one's log
            workspace.log_path(job_id).rename(workspace.log_path(new))
    return new


def get(job_id: str, *, workspace: Workspace | None = None) -> JobRow | None:
    """The job as it is now (a dead process' job is "interrupted"), or None."""
    workspace, store = _open(workspace)
    job = store.job(job_id)
    return store.job(job_id) if job is not None and look_after(workspace, store, [job]) else job


def list_jobs(
    dataset_id: str | None = None,
    *,
    kinds: Iterable[JobKind] = ("cluster", "add", "import", "demo"),
    seen_by: Person | None = None,
    workspace: Workspace | None = None,
) -> list[JobRow]:
    """Jobs of these kinds, all or those that a person may see, newest first."""
    workspace, store = _open(workspace)
    wanted = tuple(kinds)
    jobs = store.jobs(dataset_id, wanted, seen_by)
    return store.jobs(dataset_id, wanted, seen_by) if look_after(workspace, store, jobs) else jobs


def look_after(workspace: Workspace, store: Store, jobs: list[JobRow]) -> bool:
    """Keep a process there for queued jobs; True when a dead one's jobs changed state."""
    if any(job.state == "queued" for job in jobs):
        job_process.start(workspace)
    stale = any(job.state == "running" and is_silent(job.heartbeat, STALE_AFTER) for job in jobs)
    if stale:
        store.recover()
    return stale


def _open(workspace: Workspace | None) -> tuple[Workspace, Store]:
    workspace = workspace or default_workspace()
    return workspace, open_store(workspace)
