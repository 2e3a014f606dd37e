"""Rows of job processes, and the totals of the jobs that ended: what an operator asks for."""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.store import schema
from hilander.services.store.base import Tables
from hilander.services.store.moments import heard_between
from hilander.services.store.refused import in_words
from hilander.services.store.rows import HostRow, Total


class Operations(Tables):
    def beat_host(self, row: HostRow) -> None:
        hosts = schema.hosts
        self._write(sa.delete(hosts).where(hosts.c.name == row.name), sa.insert(hosts).values(**vars(row)))

    def forget_host(self, name: str) -> None:
        self._write(sa.delete(schema.hosts).where(schema.hosts.c.name == name))

    def forget_hosts(self, *, older_than: float) -> None:
        """Those that have said nothing for `older_than` s: they were killed."""
        before, future = heard_between(older_than)
        beat = schema.hosts.c.beat
        self._write(sa.delete(schema.hosts).where((beat < before) | (beat > future)))

    def hosts(self) -> list[HostRow]:
        """Every job process, dead ones too for a while, the one that was heard last first."""
        query = sa.select(schema.hosts).order_by(schema.hosts.c.beat.desc())
        return [HostRow(**row) for row in self._read(query)]

    def count_ended(self, kind: str, state: str, seconds: float) -> None:
        """Add a job to the totals."""
        totals = schema.job_totals
        of_it = (totals.c.kind == kind) & (totals.c.state == state)
        more = sa.update(totals).where(of_it)
        more = more.values(count=totals.c.count + 1, seconds=totals.c.seconds + seconds)
        if self._write(more) == 0:
            try:
                self._write(sa.insert(totals).values(kind=kind, state=state, count=1, seconds=seconds))
            except sa.exc.IntegrityError:  # somebody else's was the first
                self._write(more)

    def totals(self) -> list[Total]:
        query = sa.select(schema.job_totals).order_by(schema.job_totals.c.kind, schema.job_totals.c.state)
        return [Total(**row) for row in self._read(query)]

    def answers(self) -> bool:
        """Whether the database does; AwayError, or what its driver raises, when it does not."""
        with in_words(), self.engine.connect() as connection:
            return connection.execute(sa.select(1)).scalar() == 1
