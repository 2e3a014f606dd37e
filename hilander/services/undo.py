"""Take changes back: each undoing is one more entry, which puts back what there was before.

    undo(store, run, entry, seen=..., who=...)     any entry
    undo_own(store, run, *kinds, who=...)          somebody's own last change

An undoing can be undone too. Knows nothing about pages.
"""

from __future__ import annotations

from hilander.errors import InputError
from hilander.services import journal, recipes
from hilander.services.exclusions import turn, turned
from hilander.services.journal import EXCLUSION, RECIPE, Conflict, Kind, Wish
from hilander.services.store import Annotating, EntryRow, Store


def undo(store: Store, run_id: str, entry_id: int, *, seen: int, who: str) -> None:
    """Put back what there was before an entry. `seen` is the version of its item that the writer looked at.

    Raises
    ------
    Conflict     the item was changed since version `seen`; exclusions never are in conflict
    InputError   no such entry or run; or a recipe cannot come back because its name is taken meanwhile
    """
    with store.annotating(run_id) as held:
        entry = held.entry(entry_id)
        if entry is None:
            raise InputError(f"There is no entry {entry_id} in this run's history. Choose one from the list.")
        _put_back(held, entry, seen=seen, who=who)


def undo_own(store: Store, run_id: str, *kinds: Kind, who: str) -> EntryRow | None:
    """Take back somebody's own last change of these kinds, or of all, that is not taken back yet; that change.

    Raises
    ------
    Conflict     somebody else changed the same since
    """
    entry = journal.own_last(store, run_id, *kinds, who=who)
    if entry is None:
        return None
    with store.annotating(run_id) as held:
        state = held.state(entry.kind, entry.item)
        if entry.kind != EXCLUSION and state is not None and state.value != entry.after:
            raise Conflict(run_id, state, _wish(entry))
        _put_back(held, entry, seen=0 if state is None else state.version, who=who)
    return entry


def _put_back(held: Annotating, entry: EntryRow, *, seen: int, who: str) -> None:
    if entry.kind == EXCLUSION:
        turn(held, *turned(entry.before), who=who, undoes=entry.id)
    elif entry.kind == RECIPE:
        recipes.write(held, _wish(entry), seen=seen, who=who)
    else:
        journal.write(held, _wish(entry), seen=seen, who=who)


def _wish(entry: EntryRow) -> Wish:
    return Wish(entry.kind, entry.item, entry.before, entry.id)
