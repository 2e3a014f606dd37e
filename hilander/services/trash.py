"""The trash: what was deleted stays 30 days, can be brought back, and is then removed for good.

    trashed() -> list;  restore, purge one;  too_old: what has been there for 30 days

Data sets lie there with their runs, jobs, saved cuts and the state of their trainings; runs and checkpoints by
themselves. Putting something there is `datasets.delete_dataset`, `runs.delete_run`, `checkpoints.delete_checkpoint`:
its rows are marked and its files stay where they are. Only purging frees the disk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hilander.errors import InputError
from hilander.io.atomic import remove
from hilander.services.disk import bytes_of
from hilander.services.leftovers import announced
from hilander.services.people import Person
from hilander.services.store import Kind, Store, TrashRow, now, open_store
from hilander.services.workspace import Workspace, default_workspace, mark_of

KEPT = timedelta(days=30)
NOUNS: dict[Kind, str] = {"dataset": "data set", "run": "run", "checkpoint": "checkpoint"}


@dataclass(frozen=True)
class Trashed:
    """Something in the trash. bytes: what purging it frees; days_left: until that happens by itself, a begun day
    counted; 0 when it is due."""

    kind: Kind
    id: str
    name: str
    deleted: datetime
    bytes: int
    days_left: int


def trashed(workspace: Workspace | None = None, owned_by: Person | None = None) -> list[Trashed]:
    """What lies in the trash, all or what is somebody's own, newest first."""
    workspace = workspace or default_workspace()
    store = open_store(workspace)
    return [_trashed(workspace, store, row) for row in store.trash(owned_by)]


def too_old(workspace: Workspace, store: Store) -> list[Trashed]:
    """What has been there for 30 days."""
    before = now() - KEPT
    return [_trashed(workspace, store, row) for row in store.trash() if row.deleted <= before]


def restore(kind: Kind, row_id: str, workspace: Workspace | None = None) -> None:
    """Bring it back, a data set with the runs that were deleted with it.

    Raises
    ------
    InputError   it is not in the trash, or it is a run whose data set is
    """
    store = open_store(workspace or default_workspace())
    _required(store, kind, row_id)
    if not store.bring_back(kind, row_id):
        raise _not_there(kind, row_id)


def purge(kind: Kind, row_id: str, workspace: Workspace | None = None) -> None:
    """Remove it for good, rows first, then files. InputError when it is not in the trash, or no longer.

    What a kill leaves between the two was announced, and goes with the leftovers; what was restored has its row.
    """
    workspace = workspace or default_workspace()
    store = open_store(workspace)
    _required(store, kind, row_id)
    kept, made_again = _folders(workspace, store, kind, row_id)
    with announced(store, *kept):
        if not store.purge(kind, row_id):
            raise _not_there(kind, row_id)
        for path in [*kept, *made_again]:
            remove(path)


def _required(store: Store, kind: Kind, row_id: str) -> None:
    if not any((row.kind, row.id) == (kind, row_id) for row in store.trash()):
        raise _not_there(kind, row_id)


def _not_there(kind: Kind, row_id: str) -> InputError:
    return InputError(
        f"There is no {NOUNS[kind]} {row_id[:40]!r} in the trash (restored, or deleted for good?). Choose one from "
        "the list."
    )


def _folders(workspace: Workspace, store: Store, kind: Kind, row_id: str) -> tuple[list[Path], list[Path]]:
    """The folders that hold it, and those of trainings and caches that are nothing without it."""
    if kind == "run":
        return [workspace.run_dir(row_id)], []
    if kind == "checkpoint":
        return [workspace.checkpoint_dir(row_id)], []
    runs = [workspace.run_dir(run_id) for run_id in store.runs_of(row_id)]
    states = [workspace.training_dir(str(job.settings["checkpoint"])) for job in store.train_jobs_of(row_id)]
    return [*runs, workspace.dataset_dir(row_id)], [*states, *workspace.projections_of(mark_of(row_id))]


def _trashed(workspace: Workspace, store: Store, row: TrashRow) -> Trashed:
    kept, made_again = _folders(workspace, store, row.kind, row.id)
    left = math.ceil(max(timedelta(0), row.deleted + KEPT - now()) / timedelta(days=1))
    size = sum(map(bytes_of, [*kept, *made_again]))
    return Trashed(row.kind, row.id, row.name, row.deleted, size, left)
