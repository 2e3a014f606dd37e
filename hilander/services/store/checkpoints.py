"""Rows of the workspace's own checkpoints."""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.people import Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.rows import CheckpointRow


class Checkpoints(Tables):
    def add_checkpoint(self, row: CheckpointRow) -> None:
        self._add(schema.checkpoints, row)

    def checkpoint(self, checkpoint_id: str) -> CheckpointRow | None:
        return self._one(CheckpointRow, schema.checkpoints, checkpoint_id)

    def checkpoints(self, seen_by: Person | None = None) -> list[CheckpointRow]:
        """The workspace's own checkpoints, or those that a person may see, newest first."""
        return self._newest_first(CheckpointRow, schema.checkpoints, sight.checkpoints(seen_by))

    def rename_checkpoint(self, checkpoint_id: str, name: str) -> None:
        table = schema.checkpoints
        self._write(sa.update(table).where(table.c.id == checkpoint_id).values(name=name))


def removal_of_checkpoint(checkpoint_id: str) -> list[sa.sql.dml.UpdateBase]:
    return [sa.delete(schema.checkpoints).where(schema.checkpoints.c.id == checkpoint_id)]
