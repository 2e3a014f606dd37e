"""All rows of the database as plain data, and back: the same for SQLite and PostgreSQL, and from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hilander.errors import InputError
from hilander.services.store import schema
from hilander.services.store.base import Tables
from hilander.services.store.facts import ANNOUNCED

Rows = dict[str, list[dict[str, Any]]]
PASSING = (schema.hosts,)  # about processes that run now, nothing to keep


class Dump(Tables):
    def dump(self) -> Rows:
        """Every row of every table, by table, as JSON has it, all of one moment. Times are seconds since 1970.

        What was announced is left out: it is about folders that are half there; and the processes that run now.
        """
        with self.engine.connect() as connection:
            self._hold_still(connection)
            found = {
                table.name: [_plain(row) for row in connection.execute(sa.select(table)).mappings()]
                for table in schema.metadata.sorted_tables
                if table not in PASSING
            }
        facts = found[schema.facts.name]
        return found | {schema.facts.name: [row for row in facts if not row["key"].startswith(ANNOUNCED)]}

    def load(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Put the rows of a dump in place of all there are, in one transaction.

        Raises
        ------
        InputError   tables or columns that this version does not have, or values that are not theirs
        """
        tables = {table.name: table for table in schema.metadata.sorted_tables}
        if unknown := set(rows) - set(tables):
            raise InputError(
                f"Expected the tables {', '.join(tables)}; got also {', '.join(sorted(unknown))}."
            )
        try:
            with self.engine.begin() as connection:
                for table in reversed(tables.values()):
                    connection.execute(sa.delete(table))
                for name, table in tables.items():
                    if typed := [_typed(table, row) for row in rows.get(name, [])]:
                        connection.execute(sa.insert(table), typed)
                    self._count_on(connection, table)
        except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.CompileError, sa.exc.StatementError) as error:
            raise InputError(f"The rows do not fit the tables ({type(error).__name__}).") from error

    def is_empty(self) -> bool:
        """Whether nothing but small facts, running processes and people who looked in is in it."""
        passing = (schema.facts, schema.people, *PASSING)
        tables = [table for table in schema.metadata.sorted_tables if table not in passing]
        with self.engine.connect() as connection:
            return not any(connection.execute(sa.select(table).limit(1)).first() for table in tables)

    def faults(self) -> list[str]:
        """What SQLite finds wrong in its own file, in its words; a server looks after its files itself."""
        if self.engine.dialect.name != "sqlite":
            return []
        try:
            with self.engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
        except sa.exc.DatabaseError as error:
            return [str(error.orig)]
        return [] if found == ["ok"] else [str(line) for line in found]

    def _hold_still(self, connection: sa.Connection) -> None:
        """All that is read on this connection from here on is of one moment, whoever writes meanwhile."""
        if self.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # the driver begins nothing for SELECT
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")

    def _count_on(self, connection: sa.Connection, table: sa.Table) -> None:
        """PostgreSQL's own counter of a table goes on behind the rows that were put in."""
        column = table.autoincrement_column
        if column is None or self.engine.dialect.name != "postgresql":
            return
        last = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
        counter = sa.func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(sa.select(sa.func.setval(counter, last, False)))


def _plain(row: sa.RowMapping) -> dict[str, Any]:
    return {name: value.timestamp() if isinstance(value, datetime) else value for name, value in row.items()}


def _typed(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(row) - set(table.c.keys()):
        raise InputError(f"The table {table.name} has no {', '.join(sorted(unknown))}.")
    return {name: _moment(value) if _is_time(table, name) else value for name, value in row.items()}


def _is_time(table: sa.Table, name: str) -> bool:
    return isinstance(table.c[name].type, schema.UtcTime)


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, int | float):
        raise InputError(f"Expected seconds since 1970; got {value!r}.")
    return datetime.fromtimestamp(value, UTC)
