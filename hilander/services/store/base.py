"""Reading and writing rows of one table; every write is one short transaction.

A database that is away, or that somebody else holds for too long, is an AwayError at once; within `patient` it is
asked again for a while first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import sqlalchemy as sa

from hilander.errors import AwayError
from hilander.services.store.moments import clock_was_set
from hilander.services.store.refused import in_words
from hilander.services.store.rows import CheckpointRow, DatasetRow, JobRow, RunRow

ASK_AGAIN = 2.0  # s
SLOW = 5.0  # s that something takes which had to wait for somebody who held the database
Row = TypeVar("Row", DatasetRow, RunRow, CheckpointRow, JobRow)
Found = TypeVar("Found")

_patience: ContextVar[float] = ContextVar("patience", default=0.0)
logger = logging.getLogger("hilander.services.store")


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """What this thread reads and writes in the block waits so long for a database that is away, each time."""
    before = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(before)


class Tables:
    """What the parts of the store have in common: an engine, and the few ways they use it."""

    engine: sa.Engine
    _cut_off_at = float("-inf")  # by the monotonic clock: when the database could last not be reached at once

    def _one(self, kind: type[Row], table: sa.Table, row_id: str) -> Row | None:
        found = self._read(_seen(table).where(table.c.id == row_id))
        return kind(**found[0]) if found else None

    def _newest_first(self, kind: type[Row], table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Row]:
        query = _seen(table).where(*where).order_by(table.c.created.desc(), table.c.id)
        return [kind(**row) for row in self._read(query)]

    def _read(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            with self.engine.connect() as connection:
                return [dict(row) for row in connection.execute(query).mappings()]

        return self._patiently(read)

    def _write(self, *statements: sa.sql.dml.UpdateBase) -> int:
        """Run the statements in one transaction; rows that the last one changed. OSError (ENOSPC) on a full disk.

        Where an answer is lost and the statements are run again, they may have been run already.
        """

        def write() -> int:
            changed = 0
            with self.engine.begin() as connection:
                for statement in statements:
                    changed = connection.execute(statement).rowcount
            return changed

        return self._patiently(write)

    def _write_if(self, first: sa.sql.dml.UpdateBase, *rest: sa.sql.dml.UpdateBase) -> bool:
        """Run the statements in one transaction if the first one changes a row, else none; whether it did."""

        def write() -> bool:
            with self.engine.begin() as connection:
                if connection.execute(first).rowcount == 0:
                    return False
                for statement in rest:
                    connection.execute(statement)
            return True

        return self._patiently(write)

    def _add(self, table: sa.Table, row: DatasetRow | RunRow | CheckpointRow) -> None:
        """Add a row; one of that id and moment is this very one, from a try whose answer was lost."""
        try:
            self._write(sa.insert(table).values(**vars(row)))
        except sa.exc.IntegrityError:
            there = sa.select(table.c.id).where(table.c.id == row.id, table.c.created == row.created)
            if not self._read(there):
                raise

    def silence_is_sure(self, seconds: float) -> bool:
        """Whether silence of so long means death: clock and database were there meanwhile, as far as this one saw."""
        return not clock_was_set(seconds) and time.monotonic() - self._cut_off_at >= seconds

    def _patiently(self, act: Callable[[], Found]) -> Found:
        """Do it, again and again while the database is away and `patient` allows."""
        began = time.monotonic()
        until = began + _patience.get()
        while True:
            try:
                with in_words():
                    found = act()
            except AwayError as error:
                self._cut_off_at = time.monotonic()
                if time.monotonic() >= until:
                    raise
                logger.warning("%s Trying again.", error)
                time.sleep(ASK_AGAIN)
            else:
                if time.monotonic() - began > SLOW:
                    self._cut_off_at = time.monotonic()
                return found


def _seen(table: sa.Table) -> sa.Select[Any]:
    """The rows of a table that are not in the trash, without the column that says so."""
    if "deleted" not in table.c:
        return sa.select(table)
    return sa.select(*(c for c in table.c if c.name != "deleted")).where(table.c.deleted.is_(None))
