"""The database: which data sets, runs and jobs there are, and how far each job is.

SQLite in the workspace by default (write-ahead log, so that readers never wait for the job process),
any database SQLAlchemy speaks to where HILANDER_DATABASE_URL names one. Every write is one short
transaction whose first statement writes, so that two processes wait for each other and never deadlock.
Arrays and images are files in the workspace; this module knows only their ids.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa

from hilander.errors import InputError
from hilander.services import schema
from hilander.services.rows import (
    ENDED,
    CheckpointRow,
    DatasetRow,
    JobKind,
    JobRow,
    JobState,
    RecipeRow,
    RunRow,
)
from hilander.services.workspace import Workspace, default_workspace

__all__ = [
    "ENDED",
    "CheckpointRow",
    "DatasetRow",
    "JobKind",
    "JobRow",
    "JobState",
    "RecipeRow",
    "RunRow",
    "Store",
    "open_store",
]

URL_VARIABLE = "HILANDER_DATABASE_URL"
INTERRUPTED = "The process that ran this job ended before the job did. Start the job again."
DEMO_MADE = "demo-made"  # the fact that the demo data sets were made once
ANNOUNCED = "announced:"  # facts about folders that may have files and no row
Row = TypeVar("Row", DatasetRow, RunRow, RecipeRow, CheckpointRow, JobRow)
STALE_AFTER = 10.0  # s without a heartbeat; the job process beats every second


class Store:
    """Reads and writes the rows. Safe to share between threads; each process makes its own."""

    def __init__(self, workspace: Workspace, url: str | None = None) -> None:
        self.workspace = workspace
        url = url or os.environ.get(URL_VARIABLE)
        with workspace.lock("schema"):
            self.engine = schema.open_engine(url) if url else schema.open_file(workspace.root / "hilander.db")

    # -- data sets ------------------------------------------------------------------------------

    def add_dataset(self, row: DatasetRow) -> None:
        self._write(sa.insert(schema.datasets).values(**vars(row)))

    def dataset(self, dataset_id: str) -> DatasetRow | None:
        return self._one(DatasetRow, schema.datasets, dataset_id)

    def datasets(self) -> list[DatasetRow]:
        """Every data set, newest first."""
        return self._newest_first(DatasetRow, schema.datasets)

    def rename_dataset(self, dataset_id: str, name: str) -> None:
        self._write(sa.update(schema.datasets).where(schema.datasets.c.id == dataset_id).values(name=name))

    def remove_dataset(self, dataset_id: str) -> None:
        """Forget the data set with its runs and all its jobs; a running job stops because its row is gone."""
        tables = (schema.datasets.c.id, schema.runs.c.dataset_id, schema.jobs.c.dataset_id)
        mine = sa.select(schema.runs.c.id).where(schema.runs.c.dataset_id == dataset_id)
        self._write(
            sa.delete(schema.recipes).where(schema.recipes.c.run_id.in_(mine)),
            *(sa.delete(column.table).where(column == dataset_id) for column in tables),
        )

    # -- runs -----------------------------------------------------------------------------------

    def add_run(self, row: RunRow) -> None:
        self._write(sa.insert(schema.runs).values(**vars(row)))

    def run(self, run_id: str) -> RunRow | None:
        return self._one(RunRow, schema.runs, run_id)

    def runs(self, dataset_id: str | None = None) -> list[RunRow]:
        """Finished runs, newest first."""
        of_it = [] if dataset_id is None else [schema.runs.c.dataset_id == dataset_id]
        return self._newest_first(RunRow, schema.runs, *of_it)

    def rename_run(self, run_id: str, name: str) -> None:
        self._write(sa.update(schema.runs).where(schema.runs.c.id == run_id).values(name=name))

    def remove_run(self, run_id: str) -> None:
        columns = (schema.runs.c.id, schema.recipes.c.run_id)
        self._write(*(sa.delete(column.table).where(column == run_id) for column in columns))

    # -- recipes --------------------------------------------------------------------------------

    def put_recipe(self, row: RecipeRow) -> None:
        """Keep a recipe, in place of the run's one of that name if there is one."""
        recipes = schema.recipes
        same = (recipes.c.run_id == row.run_id) & (recipes.c.name == row.name)
        self._write(sa.delete(recipes).where(same), sa.insert(recipes).values(**vars(row)))

    def recipe(self, recipe_id: str) -> RecipeRow | None:
        return self._one(RecipeRow, schema.recipes, recipe_id)

    def recipes(self, run_id: str) -> list[RecipeRow]:
        """A run's recipes, newest first."""
        return self._newest_first(RecipeRow, schema.recipes, schema.recipes.c.run_id == run_id)

    def rename_recipe(self, recipe_id: str, name: str) -> bool:
        """False when the recipe is gone, or another of its run has that name."""
        recipes = schema.recipes
        try:
            return self._write(sa.update(recipes).where(recipes.c.id == recipe_id).values(name=name)) == 1
        except sa.exc.IntegrityError:
            return False

    def remove_recipe(self, recipe_id: str) -> None:
        self._write(sa.delete(schema.recipes).where(schema.recipes.c.id == recipe_id))

    # -- checkpoints ----------------------------------------------------------------------------

    def add_checkpoint(self, row: CheckpointRow) -> None:
        self._write(sa.insert(schema.checkpoints).values(**vars(row)))

    def checkpoint(self, checkpoint_id: str) -> CheckpointRow | None:
        return self._one(CheckpointRow, schema.checkpoints, checkpoint_id)

    def checkpoints(self) -> list[CheckpointRow]:
        """The workspace's own checkpoints, newest first."""
        return self._newest_first(CheckpointRow, schema.checkpoints)

    def rename_checkpoint(self, checkpoint_id: str, name: str) -> None:
        table = schema.checkpoints
        self._write(sa.update(table).where(table.c.id == checkpoint_id).values(name=name))

    def remove_checkpoint(self, checkpoint_id: str) -> None:
        self._write(sa.delete(schema.checkpoints).where(schema.checkpoints.c.id == checkpoint_id))

    # -- jobs -----------------------------------------------------------------------------------

    def add_job(
        self,
        kind: JobKind,
        settings: Mapping[str, Any],
        *,
        name: str = "",
        job_id: str | None = None,
        dataset_id: str | None = None,
        run_id: str | None = None,
    ) -> str:
        """Queue a job and return its id. A job of that id already there stays as it is."""
        job_id = job_id or new_id()
        values: dict[str, Any] = {"id": job_id, "kind": kind, "state": "queued", "name": name}
        values |= {"dataset_id": dataset_id, "run_id": run_id, "settings": dict(settings)}
        values |= {"progress": {}, "history": [], "error": "", "cancel": False, "created": now()}
        try:
            self._write(sa.insert(schema.jobs).values(**values))
        except sa.exc.IntegrityError:
            if self.job(job_id) is None:
                raise
        return job_id

    def job(self, job_id: str) -> JobRow | None:
        return self._one(JobRow, schema.jobs, job_id)

    def jobs(
        self, dataset_id: str | None = None, kinds: Iterable[JobKind] = ("cluster", "import", "demo")
    ) -> list[JobRow]:
        """Jobs of these kinds, newest first."""
        of_it = [] if dataset_id is None else [schema.jobs.c.dataset_id == dataset_id]
        return self._newest_first(JobRow, schema.jobs, schema.jobs.c.kind.in_(list(kinds)), *of_it)

    def remove_job(self, job_id: str) -> bool:
        """Forget the job; False when it was gone already. One that still runs stops at its next record."""
        return self._write(sa.delete(schema.jobs).where(schema.jobs.c.id == job_id)) == 1

    def forget_ended(self, job_id: str, *, older_than: float) -> None:
        """Remove the job if it ended more than `older_than` s ago, so that its id can be queued again."""
        jobs, before = schema.jobs, datetime.fromtimestamp(time.time() - older_than, UTC)
        over = (jobs.c.id == job_id) & jobs.c.state.in_(sorted(ENDED)) & (jobs.c.ended < before)
        self._write(sa.delete(jobs).where(over))

    def claim_queued(self, host: str) -> list[JobRow]:
        """Take every queued job that no living host has; a job is given to one host only."""
        jobs = schema.jobs
        free = (jobs.c.state == "queued") & jobs.c.host.is_(None)
        waiting = self._read(sa.select(jobs.c.id).where(free).order_by(jobs.c.created))
        mine = []
        for row in waiting:
            claim = sa.update(jobs).where(jobs.c.id == row["id"], free).values(host=host, heartbeat=now())
            if self._write(claim):
                mine.append(row["id"])
        return [job for job_id in mine if (job := self.job(job_id)) is not None]

    def start_job(self, job_id: str) -> bool:
        """From queued to running; False when it is no longer queued (cancelled, or somebody has it)."""
        return self._move(job_id, ("queued",), "running", started=now(), heartbeat=now())

    def end_job(self, job_id: str, state: JobState, error: str = "") -> bool:
        """Into an end state. From "interrupted" too: the process was slow, not dead.

        But a job that its leaving host interrupted is not "cancelled" when it then stops.
        """
        sources = ("queued", "running", *(() if state == "cancelled" else ("interrupted",)))
        return self._move(job_id, sources, state, error=error, ended=now())

    def requeue_job(self, job_id: str, sources: tuple[JobState, ...] = ("interrupted",)) -> bool:
        """Let a job that ended in one of these states run again; False when it is in none of them."""
        return self._move(job_id, sources, "queued", host=None, error="", ended=None, cancel=False)

    def cancel_job(self, job_id: str) -> None:
        """A queued job ends here; a running one sees the flag at its next progress record."""
        if not self._move(job_id, ("queued",), "cancelled", ended=now(), cancel=True):
            self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(cancel=True))

    def wants_cancel(self, job_id: str) -> bool:
        """Also true when the job is gone: nobody waits for it any more."""
        found = self._read(sa.select(schema.jobs.c.cancel).where(schema.jobs.c.id == job_id))
        return not found or bool(found[0]["cancel"])

    def report_progress(
        self, job_id: str, progress: dict[str, Any], history: list[dict[str, Any]] | None = None
    ) -> None:
        values = {"progress": progress} | ({} if history is None else {"history": history})
        self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(**values))

    def update_job(self, job_id: str, **values: Any) -> None:
        """Set `dataset_id`, `run_id` or `name` once they are known."""
        self._write(sa.update(schema.jobs).where(schema.jobs.c.id == job_id).values(**values))

    def beat(self, job_ids: Iterable[str]) -> None:
        """These jobs are alive; one that was thought interrupted is running again, unless it is to stop."""
        jobs = schema.jobs
        slow = (jobs.c.state == "interrupted") & ~jobs.c.cancel
        alive = jobs.c.id.in_(list(job_ids)) & ((jobs.c.state == "running") | slow)
        self._write(
            sa.update(jobs).where(alive).values(heartbeat=now(), state="running", error="", ended=None)
        )

    def beat_queued(self, job_ids: Iterable[str]) -> None:
        """These queued jobs still wait at the host that claimed them."""
        jobs = schema.jobs
        waiting = jobs.c.id.in_(list(job_ids)) & (jobs.c.state == "queued")
        self._write(sa.update(jobs).where(waiting).values(heartbeat=now()))

    def recover(self, *, stale_after: float = STALE_AFTER) -> None:
        """Running jobs without a heartbeat become "interrupted"; queued ones wait for another host."""
        jobs = schema.jobs
        stale = jobs.c.heartbeat < datetime.fromtimestamp(time.time() - stale_after, UTC)
        running = sa.update(jobs).where(stale, jobs.c.state == "running")
        queued = sa.update(jobs).where(stale, jobs.c.state == "queued", jobs.c.host.is_not(None))
        self._write(
            running.values(state="interrupted", error=INTERRUPTED, ended=now()), queued.values(host=None)
        )

    def fail_queued(self, error: str) -> None:
        """No job process will ever take the queued jobs: say why."""
        jobs = schema.jobs
        queued = sa.update(jobs).where(jobs.c.state == "queued")
        self._write(queued.values(state="failed", error=error, ended=now()))

    def release_host(self, host: str) -> None:
        """A host says goodbye: what it runs is interrupted and stops, what it had queued waits for another."""
        jobs = schema.jobs
        mine = jobs.c.host == host
        ended = {"state": "interrupted", "error": INTERRUPTED, "ended": now(), "cancel": True}
        self._write(
            sa.update(jobs).where(mine, jobs.c.state == "running").values(**ended),
            sa.update(jobs).where(mine, jobs.c.state == "queued").values(host=None),
        )

    # -- small facts ----------------------------------------------------------------------------

    def fact(self, key: str) -> str | None:
        found = self._read(sa.select(schema.facts.c.value).where(schema.facts.c.key == key))
        return str(found[0]["value"]) if found else None

    def set_fact(self, key: str, value: str) -> None:
        facts = schema.facts
        self._write(sa.delete(facts).where(facts.c.key == key), sa.insert(facts).values(key=key, value=value))

    def announce(self, folder: str) -> None:
        """Note that a folder may have files and no row for a while; see leftovers.py."""
        self.set_fact(f"{ANNOUNCED}{folder}", str(time.time()))

    def settle(self, folder: str) -> None:
        self._write(sa.delete(schema.facts).where(schema.facts.c.key == f"{ANNOUNCED}{folder}"))

    def announced(self) -> dict[str, float]:
        """Folders that were announced and not settled: seconds since 1970 when."""
        found = self._read(sa.select(schema.facts).where(schema.facts.c.key.startswith(ANNOUNCED)))
        return {row["key"].removeprefix(ANNOUNCED): float(row["value"]) for row in found}

    # -- plumbing -------------------------------------------------------------------------------

    def _move(self, job_id: str, sources: tuple[str, ...], state: JobState, **values: Any) -> bool:
        jobs = schema.jobs
        allowed = (jobs.c.id == job_id) & jobs.c.state.in_(sources)
        return self._write(sa.update(jobs).where(allowed).values(state=state, **values)) == 1

    def _one(self, kind: type[Row], table: sa.Table, row_id: str) -> Row | None:
        found = self._read(sa.select(table).where(table.c.id == row_id))
        return kind(**found[0]) if found else None

    def _newest_first(self, kind: type[Row], table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Row]:
        query = sa.select(table).where(*where).order_by(table.c.created.desc(), table.c.id)
        return [kind(**row) for row in self._read(query)]

    def _read(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _write(self, *statements: sa.sql.dml.UpdateBase) -> int:
        """Run the statements in one transaction; rows that the last one changed."""
        changed = 0
        with self.engine.begin() as connection:
            for statement in statements:
                changed = connection.execute(statement).rowcount
        return changed


def open_store(workspace: Workspace | None = None) -> Store:
    """Give this process's store of a workspace (default: the one that HILANDER_HOME names)."""
    return _store(workspace or default_workspace(), os.environ.get(URL_VARIABLE))


@lru_cache(maxsize=16)
def _store(workspace: Workspace, url: str | None) -> Store:
    return Store(workspace, url)


def new_id() -> str:
    return secrets.token_hex(6)


def now() -> datetime:
    return datetime.now(UTC)


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
