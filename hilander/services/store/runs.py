"""Rows of finished runs."""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.people import Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.rows import RunRow


class Runs(Tables):
    def add_run(self, row: RunRow) -> None:
        self._add(schema.runs, row)

    def run(self, run_id: str) -> RunRow | None:
        return self._one(RunRow, schema.runs, run_id)

    def runs(self, dataset_id: str | None = None, seen_by: Person | None = None) -> list[RunRow]:
        """Finished runs, of one data set or all, or those that a person may see; newest first."""
        runs = schema.runs
        of_it = [] if dataset_id is None else [runs.c.dataset_id == dataset_id]
        return self._newest_first(RunRow, runs, sight.of_datasets(runs.c.dataset_id, seen_by), *of_it)

    def rename_run(self, run_id: str, name: str) -> None:
        self._write(sa.update(schema.runs).where(schema.runs.c.id == run_id).values(name=name))

    def remove_run(self, run_id: str) -> None:
        """Forget the run, be it in the trash or not, with all that was written about it."""
        self._write(*removal_of_run(run_id))


def removal_of_run(run_id: str) -> list[sa.sql.dml.UpdateBase]:
    """Forget the run with all that was written about it."""
    columns = (schema.runs.c.id, schema.journal.c.run_id, schema.said.c.run_id)
    return [sa.delete(column.table).where(column == run_id) for column in columns]
