"""Rows of data sets."""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.people import Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.rows import DatasetRow, Level


class Datasets(Tables):
    def add_dataset(self, row: DatasetRow) -> None:
        self._add(schema.datasets, row)

    def dataset(self, dataset_id: str) -> DatasetRow | None:
        return self._one(DatasetRow, schema.datasets, dataset_id)

    def datasets(self, seen_by: Person | None = None, level: Level = "view") -> list[DatasetRow]:
        """Every data set, or those that a person may see, or may edit; newest first."""
        return self._newest_first(DatasetRow, schema.datasets, sight.datasets(seen_by, level))

    def datasets_of(self, rows_hash: str) -> list[DatasetRow]:
        """The data sets whose rows are these, newest first; their images may differ."""
        return self._newest_first(DatasetRow, schema.datasets, schema.datasets.c.rows_hash == rows_hash)

    def rename_dataset(self, dataset_id: str, name: str) -> None:
        self._write(sa.update(schema.datasets).where(schema.datasets.c.id == dataset_id).values(name=name))


def removal_of_dataset(dataset_id: str) -> list[sa.sql.dml.UpdateBase]:
    """Forget the data set with all its runs and jobs; a running job stops because its row is gone."""
    runs = schema.runs
    tables = (schema.datasets.c.id, runs.c.dataset_id, schema.jobs.c.dataset_id, schema.shares.c.dataset_id)
    mine = sa.select(runs.c.id).where(runs.c.dataset_id == dataset_id)
    hold = sa.update(runs).where(runs.c.dataset_id == dataset_id).values(dataset_id=dataset_id)
    return [
        hold,  # whoever is writing about a run finishes first, and what they wrote goes too
        *(sa.delete(table).where(table.c.run_id.in_(mine)) for table in (schema.journal, schema.said)),
        *(sa.delete(column.table).where(column == dataset_id) for column in tables),
    ]
