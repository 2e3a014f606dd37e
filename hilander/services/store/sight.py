"""Which rows a person may see, as conditions of queries: the lists of the store, filtered where they are read.

    seen by None or by an admin: everything;  else what is their own, or shared with them

Knows nothing about what may be done with what is seen: see services.access.
"""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.people import LOCAL, Person
from hilander.services.store import schema
from hilander.services.store.rows import Level

EVERYBODY = "*"
Condition = sa.ColumnElement[bool]


def to_person(person: Person) -> Condition:
    """Rows of `shares` that are for this person: by id, by verified e-mail, or for all."""
    shares = schema.shares
    found = (shares.c.kind == "all") | ((shares.c.kind == "person") & (shares.c.who == person.id))
    if person.email:
        found |= (shares.c.kind == "email") & (shares.c.who == person.email)
    return found


def of_person(column: sa.ColumnElement[str], person: Person) -> Condition:
    """Whose `owner` is this person. Nobody who signs in is the local user, whatever they are called."""
    return sa.false() if person.id == LOCAL.id else column == person.id


def datasets(person: Person | None, level: Level = "view") -> Condition:
    """Data sets that are theirs or shared with them, at least as `level`."""
    sets, shares = schema.datasets, schema.shares
    if person is None or person.admin:
        return sa.true()
    shared = sa.exists().where(shares.c.dataset_id == sets.c.id, to_person(person))
    shared = shared.where(shares.c.level == "edit") if level == "edit" else shared
    return of_person(sets.c.owner, person) | shared


def of_datasets(column: sa.ColumnElement[str], person: Person | None) -> Condition:
    """Rows whose data set, named in this column, may be seen."""
    if person is None or person.admin:
        return sa.true()
    return column.in_(sa.select(schema.datasets.c.id).where(datasets(person)))


def jobs(person: Person | None) -> Condition:
    """Jobs on data sets that may be seen, jobs of their own on none, and the making of the demo data sets."""
    table = schema.jobs
    if person is None or person.admin:
        return sa.true()
    known = sa.select(schema.datasets.c.id)
    own = of_person(table.c.owner, person) & (table.c.dataset_id.is_(None) | table.c.dataset_id.not_in(known))
    return own | (table.c.kind == "demo") | of_datasets(table.c.dataset_id, person)


def checkpoints(person: Person | None) -> Condition:
    """Checkpoints of their own, and those trained on a data set that they may see."""
    table = schema.checkpoints
    if person is None or person.admin:
        return sa.true()
    return of_person(table.c.owner, person) | of_datasets(table.c.dataset_id, person)
