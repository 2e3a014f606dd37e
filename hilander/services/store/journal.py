"""Rows of the journal, which only grows, and of the present state that follows from it.

    with store.annotating(run_id) as held: ...     one transaction, and nobody else in it writes about that run

Every entry and the state that it makes are written in one transaction. Entries about one run get their numbers in the
order in which they are there, so "newer than number so-and-so" misses none. Knows nothing of what values mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hilander.errors import InputError
from hilander.services.store import schema
from hilander.services.store.base import Tables
from hilander.services.store.refused import in_words
from hilander.services.store.rows import AnnotationRow, EntryRow


@dataclass(frozen=True)
class Annotating:
    """What one transaction may read and write about a run."""

    connection: sa.Connection
    run_id: str

    def state(self, kind: str, item: str) -> AnnotationRow | None:
        """What there is now; None when nobody ever wrote it. A row without a value: it was taken away."""
        found = self.states(kind, item)
        return found[0] if found else None

    def states(self, kind: str, item: str | None = None) -> list[AnnotationRow]:
        state = schema.said
        query = sa.select(state).where(state.c.run_id == self.run_id, state.c.kind == kind)
        query = query if item is None else query.where(state.c.item == item)
        return [AnnotationRow(**row) for row in self.connection.execute(query).mappings()]

    def entry(self, entry_id: int) -> EntryRow | None:
        table = schema.journal
        query = sa.select(table).where(table.c.id == entry_id, table.c.run_id == self.run_id)
        found = self.connection.execute(query).mappings().first()
        return None if found is None else EntryRow(**found)

    def write(self, entry: EntryRow, value: Any) -> AnnotationRow:
        """Add an entry (its id is given here) and let `value` be the state of its item."""
        row = {name: it for name, it in vars(entry).items() if name != "id"}
        made = self.connection.execute(sa.insert(schema.journal).values(**row))
        assert made.inserted_primary_key is not None
        (number,) = made.inserted_primary_key
        state = AnnotationRow(
            self.run_id, entry.kind, entry.item, entry.version, value, entry.who, entry.moment, number
        )
        table = schema.said
        same = (table.c.run_id == self.run_id) & (table.c.kind == entry.kind) & (table.c.item == entry.item)
        values = vars(state)
        if not self.connection.execute(sa.update(table).where(same).values(**values)).rowcount:
            self.connection.execute(sa.insert(table).values(**values))
        return state


class Journal(Tables):
    @contextmanager
    def annotating(self, run_id: str) -> Iterator[Annotating]:
        """Hold a run's annotations; what is written is kept when the block ends, all of it or nothing.

        Raises
        ------
        InputError   there is no such run, or it is in the trash; AwayError where the database does not answer
        """
        runs = schema.runs
        with in_words(), self.engine.begin() as connection:
            there = (runs.c.id == run_id) & runs.c.deleted.is_(None)
            hold = sa.update(runs).where(there).values(id=run_id)  # whoever else writes waits
            if connection.execute(hold).rowcount == 0:
                raise InputError(f"There is no run {run_id[:40]!r} (deleted?). Choose another one.")
            yield Annotating(connection, run_id)

    def annotations(
        self, run_id: str, *kinds: str, since: int = 0, item: str | None = None
    ) -> list[AnnotationRow]:
        """The state of a run's items, the one changed last at the end; `since`: changed by a later entry than that."""
        state = schema.said
        query = sa.select(state).where(state.c.run_id == run_id, state.c.entry > since)
        query = query.where(state.c.kind.in_(kinds)) if kinds else query
        query = query if item is None else query.where(state.c.item == item)
        return [AnnotationRow(**row) for row in self._read(query.order_by(state.c.entry))]

    def entries(
        self,
        run_id: str,
        *,
        first: int = 0,
        most: int | None = None,
        who: str | None = None,
        kinds: Collection[str] | None = None,
        undo: bool = True,
    ) -> list[EntryRow]:
        """The journal of a run, newest first; `undo=False`: without those that take another one back."""
        journal = schema.journal
        query = sa.select(journal).where(*self._about(run_id, who, kinds, undo=undo))
        query = query.order_by(journal.c.id.desc()).offset(first).limit(most)
        return [EntryRow(**row) for row in self._read(query)]

    def n_entries(self, run_id: str) -> int:
        query = sa.select(sa.func.count().label("n")).where(*self._about(run_id, None, None, undo=True))
        return int(self._read(query)[0]["n"])

    def undoings(self, run_id: str) -> list[tuple[int, int]]:
        """(entry, the entry that it takes back), newest first."""
        journal = schema.journal
        query = sa.select(journal.c.id, journal.c.undoes)
        query = query.where(
            journal.c.run_id == run_id, journal.c.undoes > 0
        )  # by index; null is not more than 0
        return sorted(((row["id"], row["undoes"]) for row in self._read(query)), reverse=True)

    def _about(
        self, run_id: str, who: str | None, kinds: Collection[str] | None, *, undo: bool
    ) -> list[sa.ColumnElement[bool]]:
        journal = schema.journal
        found = [journal.c.run_id == run_id]
        found += [] if who is None else [journal.c.who == who]
        found += [] if kinds is None else [journal.c.kind.in_(list(kinds))]
        return found if undo else [*found, journal.c.undoes.is_(None)]
