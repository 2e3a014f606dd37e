"""All jobs of a workspace as every browser sees them alike: the queue, what ended lately, and each job's log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hilander.services import jobs, queue
from hilander.services.people import Person
from hilander.services.store import (
    STALE_AFTER,
    HostRow,
    JobRow,
    Store,
    is_silent,
    open_store,
)
from hilander.services.workspace import Workspace, default_workspace

LONGEST_LOG = 1_000_000  # bytes


def open_jobs(*, seen_by: Person | None = None, workspace: Workspace | None = None) -> list[JobRow]:
    """Queued and running jobs of every kind, all or those that a person may see, oldest first, without progress."""
    workspace, store = _open(workspace)
    found = store.open_jobs(seen_by)
    return store.open_jobs(seen_by) if jobs.look_after(workspace, store, found) else found


@dataclass(frozen=True)
class Waiting:
    """Why a queued job does not run yet.

    place : 1 for the one that starts next, see queue.py; 0 where a job process has it already
    busy : whether anything runs that it may be waiting for
    trouble : what keeps the job process from running anything, in words, or empty
    """

    place: int
    busy: bool
    trouble: str


def waiting(job: JobRow, *, workspace: Workspace | None = None) -> Waiting:
    """What a queued job waits for."""
    found = open_jobs(workspace=workspace)
    place = queue.places(row for row in found if row.state == "queued").get(job.id, 0)
    busy = any(row.state == "running" for row in found)
    return Waiting(0 if job.host else place, busy, trouble(workspace=workspace))


def recent(most: int, *, seen_by: Person | None = None, workspace: Workspace | None = None) -> list[JobRow]:
    """Ended jobs of every kind that are still listed, the one that ended last first, without their progress."""
    return _open(workspace)[1].recent_jobs(most, seen_by)


def trouble(*, workspace: Workspace | None = None) -> str:
    """What keeps the job process from running anything, in words; empty where nothing does."""
    living = living_hosts(_open(workspace)[1])
    return "" if any(not host.trouble for host in living) else next((host.trouble for host in living), "")


def living_hosts(store: Store) -> list[HostRow]:
    """The job processes that were heard lately."""
    hosts, sure = store.hosts(), store.silence_is_sure(STALE_AFTER)
    return [host for host in hosts if not (sure and is_silent(host.beat, STALE_AFTER))]


def log_of(job_id: str, *, workspace: Workspace | None = None) -> str:
    """What a listed job has written so far, the last `LONGEST_LOG` bytes of it; empty where there is nothing."""
    path = _log(job_id, workspace)
    if path is None:
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LOG))
        return file.read().decode("utf-8", errors="replace")


def has_log(job_id: str, *, workspace: Workspace | None = None) -> bool:
    """Whether `log_of` would find something."""
    return _log(job_id, workspace) is not None


def _log(job_id: str, workspace: Workspace | None) -> Path | None:
    """Its file, of a job that there is: other files lie beside it."""
    workspace, store = _open(workspace)
    path = workspace.log_path(job_id)
    return path if store.job(job_id) is not None and path.is_file() else None


def _open(workspace: Workspace | None) -> tuple[Workspace, Store]:
    workspace = workspace or default_workspace()
    return workspace, open_store(workspace)
