"""What the worker process does: one job, given a workspace and the job's id; everything else is in the store.

    run_job -> the work of its kind, progress and cancel through the store, an end state whatever happens

While jobs run, a thread tells the store that they are alive (heart.py). What a job does is written to its own log file
as well (logs.py).
Knows nothing about dask.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hilander.config import ClusterConfig
from hilander.errors import Cancelled, InputError
from hilander.graph import loops
from hilander.hierarchy.build import Progress
from hilander.services import demo, exports, full_disk, image_layout, layout, logs, projection
from hilander.services.add_order import AddOrder
from hilander.services.adding import add_images
from hilander.services.checkpoint_intake import import_checkpoint
from hilander.services.clustering import cluster_dataset
from hilander.services.heart import Heart
from hilander.services.import_order import ImportOrder
from hilander.services.imports import SAME, ImportProgress, run_import
from hilander.services.reporter import Reporter
from hilander.services.store import JobKind, JobRow, JobState, Store, open_store, patient
from hilander.services.trainer import run_training
from hilander.services.workspace import Workspace

IDLE_BEFORE_WARM_UP = 1.0  # s
JUST_DIED = 3.0  # s without a beat, when the scheduler itself says that the process is gone
PATIENCE = 600.0  # s that a job waits for a database that is away
END_AGAIN, END_TRIES = 2.0, 300  # s, times: ten minutes for somebody to make room

# Their result is a file, or in the list of checkpoints: nobody lists these jobs once they are done.
UNLISTED: frozenset[JobKind] = frozenset({"projection", "map", "checkpoint", "export"})

_heart = Heart()
logger = logging.getLogger(__name__)


def run_job(root: str, job_id: str) -> None:
    """Run one queued job to an end state. Does nothing when it was cancelled or is somebody else's."""
    workspace = Workspace(Path(root))
    store = open_store(workspace)
    if not store.start_job(job_id):
        store.recover(stale_after=JUST_DIED)  # the scheduler tries again what a killed process was doing
        return
    job = store.job(job_id)
    if job is None:
        return
    with logs.of_job(workspace.log_path(job_id), job_id, job.owner):
        began = time.monotonic()
        where = f"on {socket.gethostname()} in process {os.getpid()}"
        logger.info("Started: %s %s, %s, after waiting %.1f s", job.kind, job.name, where, _waited(job))
        with _heart.beating(store, job_id):
            with patient(PATIENCE):
                state, error = _run(workspace, store, job)
            seconds = time.monotonic() - began
            logger.info("%s after %.1f s%s", state.capitalize(), seconds, f": {error}" if error else "")
            _end(store, job, state, error, seconds)
    if _is_forgotten(job, state):
        workspace.log_path(job_id).unlink(missing_ok=True)


def _waited(job: JobRow) -> float:
    return 0.0 if job.started is None else (job.started - job.created).total_seconds()


def _is_forgotten(job: JobRow, state: JobState) -> bool:
    """Whether its row goes at its end, in one step: of two, a kill between them would leave it for ever."""
    return job.kind in UNLISTED and state == "done"


def _end(store: Store, job: JobRow, state: JobState, error: str, seconds: float) -> None:
    """Tell the store, again and again where it cannot be told: an end that nobody hears of looks like a crash."""
    forgotten = _is_forgotten(job, state)
    for turn in range(END_TRIES):
        try:
            if store.remove_job(job.id) if forgotten else store.end_job(job.id, state, error):
                store.count_ended(job.kind, state, seconds)
        except Exception:
            logger.exception("The end of the job could not be kept (try %d); trying again", turn + 1)
            time.sleep(END_AGAIN)
        else:
            return


def _run(workspace: Workspace, store: Store, job: JobRow) -> tuple[JobState, str]:
    """The job's end state, and what to tell people."""
    try:
        _WORK[job.kind](workspace, store, job)
    except Cancelled:
        return "cancelled", ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the job ends and says so
        return "failed", _told(workspace, job, error)
    return "done", ""


def _told(workspace: Workspace, job: JobRow, error: Exception) -> str:
    """What to tell people of an error; one that is not theirs goes to the log in full."""
    if full_disk.is_full(error):
        logger.warning("The disk is full", exc_info=error)
        return full_disk.full(workspace.root)
    if isinstance(error, InputError):
        return str(error)
    logger.error("Job %s failed", job.id, exc_info=error)
    if isinstance(error, MemoryError):
        return "The machine has too little memory for this job. Close other programs or use fewer images."
    return logs.redacted(f"{type(error).__name__}: {error} (details in the log)")


def _cluster(workspace: Workspace, store: Store, job: JobRow) -> None:
    assert job.dataset_id is not None
    assert job.run_id is not None
    reporter = Reporter(store, job.id)
    history: dict[int, dict[str, Any]] = {}

    def on_progress(progress: Progress) -> None:
        record = asdict(progress)
        if progress.stage != "done":
            history[progress.level] = record
        reporter.tell(record, list(history.values()), at_once=progress.stage in ("merge", "done"))

    config = ClusterConfig.from_dict(job.settings)
    cluster_dataset(
        workspace, store, job.dataset_id, config, run_id=job.run_id, name=job.name, progress=on_progress
    )


def _add(workspace: Workspace, store: Store, job: JobRow) -> None:
    assert job.run_id is not None
    reporter = Reporter(store, job.id)

    def on_progress(progress: Progress) -> None:
        reporter.tell(asdict(progress))

    def on_saved(done: int, total: int) -> None:
        reporter.tell({"stage": "joining", "done": done, "total": total, "fraction": done / max(1, total)})

    order = AddOrder.from_dict(job.settings)
    of_it = {"run_id": job.run_id, "owner": job.owner}
    add_images(workspace, store, order, **of_it, progress=on_progress, saving=on_saved)


def _import(workspace: Workspace, store: Store, job: JobRow) -> None:
    reporter = Reporter(store, job.id)

    def on_progress(progress: ImportProgress) -> None:
        record = asdict(progress) | {"fraction": progress.fraction}
        reporter.tell(record, at_once=progress.fraction == 1)

    imported = run_import(workspace, store, ImportOrder.from_dict(job.settings, job.owner), on_progress)
    if not imported.is_new:
        reporter.tell({"stage": SAME, "fraction": 1.0}, at_once=True)
    store.update_job(job.id, dataset_id=imported.dataset_id)


def _demo(workspace: Workspace, store: Store, job: JobRow) -> None:
    reporter = Reporter(store, job.id)
    demo.ensure_demo(
        workspace, store, lambda text, fraction: reporter.tell({"stage": text, "fraction": fraction})
    )


def _projection(workspace: Workspace, store: Store, job: JobRow) -> None:
    projection.compute(workspace, job.settings)


def _export(workspace: Workspace, store: Store, job: JobRow) -> None:
    reporter = Reporter(store, job.id)

    def on_done(done: int, total: int) -> None:
        reporter.tell({"stage": "packing", "done": done, "total": total, "fraction": done / max(1, total)})

    exports.pack(workspace, job.settings, on_done)


def _map(workspace: Workspace, store: Store, job: JobRow) -> None:
    image_layout.run_apart(workspace, store, job)


def _checkpoint(workspace: Workspace, store: Store, job: JobRow) -> None:
    path, checkpoint_id, name = (str(job.settings[part]) for part in ("path", "checkpoint", "name"))
    of_it = {"checkpoint_id": checkpoint_id, "name": name, "owner": job.owner}
    import_checkpoint(workspace, store, Path(path), **of_it)


def _train(workspace: Workspace, store: Store, job: JobRow) -> None:
    reporter = Reporter(store, job.id)
    run_training(workspace, store, job, reporter.tell, reporter.check)


_WORK: dict[str, Callable[[Workspace, Store, JobRow], None]] = {
    "cluster": _cluster,
    "add": _add,
    "import": _import,
    "demo": _demo,
    "projection": _projection,
    "export": _export,
    "map": _map,
    "checkpoint": _checkpoint,
    "train": _train,
}


def warm_up() -> None:
    """Load or compile what clusterings and umap call, so that nobody need wait for that.

    A piece at a time, each only where nothing has run for a second: a job beside it would take seconds longer.
    """
    pieces: tuple[Callable[[], object], ...] = (loops.at_hand, *layout.warm_ups())
    for piece in pieces:
        while _heart.idle_for < IDLE_BEFORE_WARM_UP:
            time.sleep(0.1)
        piece()
