"""Reading and writing rows of one table; every write is one short transaction."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any, TypeVar

import sqlalchemy as sa

from hilander.services.store.rows import CheckpointRow, DatasetRow, JobRow, RunRow

DISK_FULL = "53100"  # PostgreSQL's code
Row = TypeVar("Row", DatasetRow, RunRow, CheckpointRow, JobRow)


class Tables:
    """What the parts of the store have in common: an engine, and the few ways they use it."""

    engine: sa.Engine

    def _one(self, kind: type[Row], table: sa.Table, row_id: str) -> Row | None:
        found = self._read(_seen(table).where(table.c.id == row_id))
        return kind(**found[0]) if found else None

    def _newest_first(self, kind: type[Row], table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Row]:
        query = _seen(table).where(*where).order_by(table.c.created.desc(), table.c.id)
        return [kind(**row) for row in self._read(query)]

    def _read(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _write(self, *statements: sa.sql.dml.UpdateBase) -> int:
        """Run the statements in one transaction; rows that the last one changed. OSError (ENOSPC) on a full disk."""
        changed = 0
        try:
            with self.engine.begin() as connection:
                for statement in statements:
                    changed = connection.execute(statement).rowcount
        except sa.exc.DBAPIError as error:
            if _is_full(error.orig):
                raise OSError(errno.ENOSPC, "No space left on device: the database cannot grow") from error
            raise
        return changed


def _seen(table: sa.Table) -> sa.Select[Any]:
    """The rows of a table that are not in the trash, without the column that says so."""
    if "deleted" not in table.c:
        return sa.select(table)
    return sa.select(*(c for c in table.c if c.name != "deleted")).where(table.c.deleted.is_(None))


def _is_full(error: object) -> bool:
    """As SQLite and PostgreSQL say it."""
    return (
        getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(error, "sqlstate", None) == DISK_FULL
    )
