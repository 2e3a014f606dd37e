"""The trash as its owners see it: a data set and its runs are its owner's, a checkpoint too."""

from __future__ import annotations

from hilander.services import trash as beneath
from hilander.services.access import Action, Subject
from hilander.services.door.visit import Visit, listed, needs
from hilander.services.trash import Trashed


@listed
def trashed(visit: Visit) -> list[Trashed]:
    """What the visitor may restore or delete for good, newest first."""
    return beneath.trashed(visit.workspace, visit.person)


@listed
def ids(visit: Visit) -> list[str]:
    """Of what `trashed` gives, without counting bytes."""
    return [row.id for row in visit.store.trash(visit.person)]


def _there(row: Trashed) -> Subject:
    return Subject(row.kind, row.id, in_trash=True)


@needs(Action.DELETE, _there)
def restore(visit: Visit, row: Trashed) -> None:
    beneath.restore(row.kind, row.id, visit.workspace)


@needs(Action.PURGE, _there)
def purge(visit: Visit, row: Trashed) -> None:
    beneath.purge(row.kind, row.id, visit.workspace)
