"""The database: which data sets, runs and jobs there are, how far each job is, and what people wrote about runs.

SQLite in the workspace by default (write-ahead log, so that readers never wait for the job process),
any database SQLAlchemy speaks to where HILANDER_DATABASE_URL names one. Every write is one short
transaction whose first statement writes, so that two processes wait for each other and never deadlock.
Arrays and images are files in the workspace; this module knows only their ids.
"""

from __future__ import annotations

import os
from functools import lru_cache

from hilander.errors import InputError
from hilander.services.store import engine
from hilander.services.store.base import patient
from hilander.services.store.checkpoints import Checkpoints
from hilander.services.store.datasets import Datasets
from hilander.services.store.dump import Dump, Rows
from hilander.services.store.facts import DEMO_MADE, Facts
from hilander.services.store.jobs import INTERRUPTED, STALE_AFTER, Jobs
from hilander.services.store.journal import Annotating, Journal
from hilander.services.store.moments import clock_was_set, is_silent, new_id, now
from hilander.services.store.operations import Operations
from hilander.services.store.people import People
from hilander.services.store.rows import (
    ENDED,
    AnnotationRow,
    CheckpointRow,
    DatasetRow,
    EntryRow,
    HostRow,
    JobKind,
    JobRow,
    JobState,
    Level,
    PersonRow,
    RunRow,
    ShareKind,
    ShareRow,
    Standing,
    Total,
    TrashRow,
)
from hilander.services.store.runs import Runs
from hilander.services.store.sight import EVERYBODY
from hilander.services.store.trash import Kind, Trash
from hilander.services.workspace import Workspace, default_workspace

__all__ = [
    "DEMO_MADE",
    "ENDED",
    "EVERYBODY",
    "INTERRUPTED",
    "STALE_AFTER",
    "URL_VARIABLE",
    "Annotating",
    "AnnotationRow",
    "CheckpointRow",
    "DatasetRow",
    "EntryRow",
    "HostRow",
    "JobKind",
    "JobRow",
    "JobState",
    "Kind",
    "Level",
    "PersonRow",
    "Rows",
    "RunRow",
    "ShareKind",
    "ShareRow",
    "Standing",
    "Store",
    "Total",
    "TrashRow",
    "clock_was_set",
    "is_silent",
    "new_id",
    "now",
    "open_store",
    "patient",
    "required_dataset",
    "required_run",
]

URL_VARIABLE = "HILANDER_DATABASE_URL"


class Store(Datasets, Runs, Journal, Checkpoints, Jobs, Operations, People, Trash, Facts, Dump):
    """Reads and writes the rows. Safe to share between threads; each process makes its own."""

    def __init__(self, workspace: Workspace, url: str | None = None) -> None:
        self.workspace = workspace
        url = url or os.environ.get(URL_VARIABLE)
        with workspace.lock("schema"):
            self.engine = engine.open_url(url) if url else engine.open_file(workspace.root / "hilander.db")


def open_store(workspace: Workspace | None = None) -> Store:
    """Give this process's store of a workspace (default: the one that HILANDER_HOME names)."""
    return _store(workspace or default_workspace(), os.environ.get(URL_VARIABLE))


@lru_cache(maxsize=16)
def _store(workspace: Workspace, url: str | None) -> Store:
    return Store(workspace, url)


def required_dataset(store: Store, dataset_id: str) -> DatasetRow:
    row = store.dataset(dataset_id)
    if row is None:
        raise InputError(f"There is no data set {dataset_id!r} (deleted?). Choose one on the Data page.")
    return row


def required_run(store: Store, run_id: str) -> RunRow:
    row = store.run(run_id)
    if row is None:
        raise InputError(f"There is no run {run_id[:40]!r} (deleted?). Choose another one.")
    return row
