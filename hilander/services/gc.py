"""Free the disk of what nobody will miss: trash of 30 days, and what killed processes and old uploads left.

    found(workspace, store) -> what would go;  collect(workspace, store) -> the same, gone

The job process does this every hour, `hilander gc` when it is asked.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from hilander.errors import InputError
from hilander.services import trash
from hilander.services.disk import bytes_of
from hilander.services.leftovers import leftovers, sweep
from hilander.services.store import Store
from hilander.services.workspace import Workspace


@dataclass(frozen=True)
class Garbage:
    """One thing to remove: its path in the workspace or its name, what it is, and bytes."""

    name: str
    what: str
    bytes: int


def found(workspace: Workspace, store: Store) -> list[Garbage]:
    """What `collect` would remove now; changes nothing."""
    days = trash.KEPT.days
    old = [
        Garbage(it.name, f"{trash.NOUNS[it.kind]} in the trash for {days} days", it.bytes)
        for it in trash.too_old(workspace, store)
    ]
    lost = [
        Garbage(str(it.path.relative_to(workspace.root)), it.what, bytes_of(it.path))
        for it in leftovers(workspace, store)
    ]
    return old + lost


def collect(workspace: Workspace, store: Store) -> list[Garbage]:
    """Remove it; what was removed."""
    removed = found(workspace, store)
    for it in trash.too_old(workspace, store):
        with suppress(InputError):  # restored, or purged by somebody else, since it was listed
            trash.purge(it.kind, it.id, workspace)
    sweep(workspace, store)
    return removed
