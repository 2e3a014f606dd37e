"""Rows in the trash: marked with the moment they were put there, seen by no other query, and brought back.

A data set takes its runs along: they get its own moment, and come back with it. What lay in the trash before stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from hilander.services.people import Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.checkpoints import removal_of_checkpoint
from hilander.services.store.datasets import removal_of_dataset
from hilander.services.store.moments import now
from hilander.services.store.rows import ENDED, TrashRow
from hilander.services.store.runs import removal_of_run

Kind = Literal["dataset", "run", "checkpoint"]
TABLES: dict[Kind, sa.Table] = {
    "dataset": schema.datasets,
    "run": schema.runs,
    "checkpoint": schema.checkpoints,
}
REMOVALS: dict[Kind, Callable[[str], list[sa.sql.dml.UpdateBase]]] = {
    "dataset": removal_of_dataset,
    "run": removal_of_run,
    "checkpoint": removal_of_checkpoint,
}


class Trash(Tables):
    def trash_dataset(self, dataset_id: str) -> None:
        """The data set and its runs out of sight; its jobs too: the waiting ones end, the running ones stop."""
        moment, runs, jobs = now(), schema.runs, schema.jobs
        of_it = (runs.c.dataset_id == dataset_id) & runs.c.deleted.is_(None)
        mine = sa.update(jobs).where(jobs.c.dataset_id == dataset_id)
        self._write(
            self._marked("dataset", dataset_id, moment),
            sa.update(runs).where(of_it).values(deleted=moment),
            mine.where(jobs.c.state == "queued").values(state="cancelled", ended=moment),
            mine.where(jobs.c.state.not_in(sorted(ENDED - {"interrupted"}))).values(cancel=True),
        )

    def trash_run(self, run_id: str) -> None:
        self._write(self._marked("run", run_id, now()))

    def trash_checkpoint(self, checkpoint_id: str) -> None:
        self._write(self._marked("checkpoint", checkpoint_id, now()))

    def bring_back(self, kind: Kind, row_id: str) -> bool:
        """Out of the trash, a data set with the runs that went with it; False when it is not there."""
        table, runs, sets = TABLES[kind], schema.runs, schema.datasets
        moment = sa.select(sets.c.deleted).where(sets.c.id == row_id).scalar_subquery()
        with_it = sa.update(runs).where(runs.c.dataset_id == row_id, runs.c.deleted == moment)
        first = [with_it.values(deleted=None)] if kind == "dataset" else []
        back = sa.update(table).where(table.c.id == row_id).values(deleted=None)
        return self._write_if(_held(kind, row_id), *first, back)

    def purge(self, kind: Kind, row_id: str) -> bool:
        """Forget it, with all that is nothing without it; False, and nothing is forgotten, when it is not there."""
        return self._write_if(_held(kind, row_id), *REMOVALS[kind](row_id))

    def trash(self, owned_by: Person | None = None) -> list[TrashRow]:
        """What lies in the trash, all or what is somebody's own, newest first.

        Runs whose data set lies there too are part of it.
        """
        found = [row for kind in TABLES for row in self._trashed(kind, owned_by)]
        return sorted(found, key=lambda row: row.deleted, reverse=True)

    def ids(self, kind: Kind) -> set[str]:
        """The ids of all rows, those in the trash among them."""
        return {row["id"] for row in self._read(sa.select(TABLES[kind].c.id))}

    def runs_of(self, dataset_id: str) -> list[str]:
        """The ids of a data set's runs, those in the trash among them."""
        runs = schema.runs
        return [row["id"] for row in self._read(sa.select(runs.c.id).where(runs.c.dataset_id == dataset_id))]

    def runs_of_nothing(self) -> set[str]:
        """The ids of runs whose data set has no row, be it in the trash."""
        runs = schema.runs
        query = sa.select(runs.c.id).where(runs.c.dataset_id.not_in(sa.select(schema.datasets.c.id)))
        return {row["id"] for row in self._read(query)}

    def _marked(self, kind: Kind, row_id: str, moment: datetime) -> sa.Update:
        table = TABLES[kind]
        return sa.update(table).where(table.c.id == row_id, table.c.deleted.is_(None)).values(deleted=moment)

    def _trashed(self, kind: Kind, owned_by: Person | None) -> list[TrashRow]:
        table, sets = TABLES[kind], schema.datasets
        query = sa.select(table.c.id, table.c.name, table.c.deleted).where(table.c.deleted.is_not(None))
        if kind == "run":
            query = query.where(table.c.dataset_id.in_(sa.select(sets.c.id).where(sets.c.deleted.is_(None))))
        if owned_by is not None and not owned_by.admin:
            own = sa.select(sets.c.id).where(sight.of_person(sets.c.owner, owned_by))
            query = query.where(
                table.c.dataset_id.in_(own) if kind == "run" else sight.of_person(table.c.owner, owned_by)
            )
        return [TrashRow(kind=kind, **row) for row in self._read(query)]


def _held(kind: Kind, row_id: str) -> sa.Update:
    """Nobody else brings it back or removes it until the transaction ends; changes no row when it is not there."""
    table = TABLES[kind]
    there = (table.c.id == row_id) & table.c.deleted.is_not(None)
    return sa.update(table).where(there).values(deleted=table.c.deleted)
