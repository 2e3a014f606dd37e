"""Rows of people who signed in, of what is shared with whom, and how a person stands to something."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from hilander.services.people import Person
from hilander.services.store import schema, sight
from hilander.services.store.base import Tables
from hilander.services.store.moments import now
from hilander.services.store.rows import PersonRow, ShareKind, ShareRow, Standing

Kind = Literal["dataset", "run", "checkpoint", "job"]


class People(Tables):
    def see_person(self, person: Person) -> None:
        """Note that somebody was here, under the name and the e-mail that they have now."""
        table, values = schema.people, {"name": person.name, "email": person.email, "seen": now()}
        if not self._write(sa.update(table).where(table.c.id == person.id).values(**values)):
            with suppress(sa.exc.IntegrityError):  # in another window, at the same moment
                self._write(sa.insert(table).values(id=person.id, **values))

    def people(self) -> list[PersonRow]:
        """Everybody who was ever here, by name."""
        table = schema.people
        found = self._read(sa.select(table).order_by(sa.func.lower(table.c.name), table.c.id))
        return [PersonRow(**row) for row in found]

    def person(self, person_id: str) -> PersonRow | None:
        found = self._read(sa.select(schema.people).where(schema.people.c.id == person_id))
        return PersonRow(**found[0]) if found else None

    def share(self, row: ShareRow) -> None:
        """Share a data set, in place of what there was with the same person."""
        self._write(
            self._unshare(row.dataset_id, row.kind, row.who), sa.insert(schema.shares).values(**vars(row))
        )

    def unshare(self, dataset_id: str, kind: ShareKind, who: str) -> None:
        self._write(self._unshare(dataset_id, kind, who))

    def shares(self, dataset_id: str) -> list[ShareRow]:
        """With whom a data set is shared, in the order in which that was done."""
        table = schema.shares
        query = (
            sa.select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.granted, table.c.who)
        )
        return [ShareRow(**row) for row in self._read(query)]

    def standing(self, kind: Kind, row_id: str, person: Person) -> Standing | None:
        """How a person stands to it, be it in the trash; None when there is no such row."""
        found = self._read(_STANDING[kind](row_id, person))
        return Standing(**found[0]) if found else None

    def owned(self) -> list[dict[str, Any]]:
        """owner, datasets, images (rows of data sets) of everybody who owns a data set; the trash is not counted."""
        sets = schema.datasets
        count, images = sa.func.count().label("datasets"), sa.func.sum(sets.c.n).label("images")
        return self._read(
            sa.select(sets.c.owner, count, images).where(sets.c.deleted.is_(None)).group_by(sets.c.owner)
        )

    def started_since(self, moment: datetime) -> dict[str, int]:
        """How many of the jobs that are kept were asked for since then, by who asked."""
        jobs = schema.jobs
        query = sa.select(jobs.c.owner, sa.func.count().label("n")).where(jobs.c.created >= moment)
        return {row["owner"]: row["n"] for row in self._read(query.group_by(jobs.c.owner))}

    def _unshare(self, dataset_id: str, kind: ShareKind, who: str) -> sa.Delete:
        table = schema.shares
        return sa.delete(table).where(
            table.c.dataset_id == dataset_id, table.c.kind == kind, table.c.who == who
        )


def _level(person: Person) -> sa.ScalarSelect[Any]:
    """The stronger of the shares of a row of `datasets`: "edit" comes before "view" in the alphabet."""
    shares = schema.shares
    found = sa.select(sa.func.min(shares.c.level))
    return found.where(shares.c.dataset_id == schema.datasets.c.id, sight.to_person(person)).scalar_subquery()


def _dataset(row_id: str, person: Person) -> sa.Select[Any]:
    sets = schema.datasets
    return sa.select(
        sets.c.owner,
        _level(person).label("level"),
        sets.c.deleted.is_not(None).label("away"),
        sets.c.id.label("dataset_id"),
    ).where(sets.c.id == row_id)


def _run(row_id: str, person: Person) -> sa.Select[Any]:
    sets, runs = schema.datasets, schema.runs
    away = (sets.c.deleted.is_not(None) | runs.c.deleted.is_not(None)).label("away")
    found = sa.select(sets.c.owner, _level(person).label("level"), away, sets.c.id.label("dataset_id"))
    return found.join_from(runs, sets, sets.c.id == runs.c.dataset_id).where(runs.c.id == row_id)


def _checkpoint(row_id: str, person: Person) -> sa.Select[Any]:
    """Whoever may see the data set that it was trained on may look at it."""
    sets, table = schema.datasets, schema.checkpoints
    shared = sa.case((sight.of_person(sets.c.owner, person), "view"), (_level(person).is_not(None), "view"))
    away = table.c.deleted.is_not(None).label("away")
    found = sa.select(table.c.owner, shared.label("level"), away, table.c.dataset_id)
    return found.join_from(table, sets, sets.c.id == table.c.dataset_id, isouter=True).where(
        table.c.id == row_id
    )


def _job(row_id: str, person: Person) -> sa.Select[Any]:
    """One on no data set, or on one that is gone, is its starter's; the demo's is for all to see. None is ever in the
    trash: those of a data set there end."""
    sets, jobs = schema.datasets, schema.jobs
    owner = sa.func.coalesce(sets.c.owner, jobs.c.owner).label("owner")
    level = sa.case((jobs.c.kind == "demo", "view"), else_=_level(person)).label("level")
    found = sa.select(
        owner, level, sa.false().label("away"), jobs.c.owner.label("starter"), sets.c.id.label("dataset_id")
    )
    return found.join_from(jobs, sets, sets.c.id == jobs.c.dataset_id, isouter=True).where(
        jobs.c.id == row_id
    )


_STANDING = {"dataset": _dataset, "run": _run, "checkpoint": _checkpoint, "job": _job}
