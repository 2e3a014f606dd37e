"""What people say about a run: every change is one more entry in the journal, and the present state follows from it.

    put(store, run, kind, item, value, seen=..., who=...)      a new value, if the item is still as it was seen
    undone(store, run), own_last(store, run), table(store, run)

Nothing is overwritten in silence: whoever saw an older version of an item gets a `Conflict` that holds both versions,
and nothing is written. Knows nothing about pages, or about what the values of each kind mean.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from hilander.errors import InputError
from hilander.services.store import Annotating, AnnotationRow, EntryRow, Store, now

Kind = Literal["name", "note", "mark", "exclusion", "recipe", "answer"]
NAME: Final = "name"
NOTE: Final = "note"
MARK: Final = "mark"
EXCLUSION: Final = "exclusion"
RECIPE: Final = "recipe"
ANSWER: Final = "answer"
LOCAL = "local"  # who it is where nobody signs in


@dataclass(frozen=True)
class Wish:
    """What somebody wants an item to be. `undoes` : the entry that this takes back."""

    kind: str
    item: str
    value: Any
    undoes: int | None = None


class Conflict(InputError):  # noqa: N818 - nobody's fault
    """Somebody else changed the item meanwhile; nothing was written.

    run_id : of which run;  theirs : the state now;  yours : what was to be written in its place
    """

    def __init__(self, run_id: str, theirs: AnnotationRow, yours: Wish) -> None:
        super().__init__(
            f"This {yours.kind} was changed by {theirs.who} meanwhile, and yours is not written. Look at theirs, then "
            "decide."
        )
        self.run_id, self.theirs, self.yours = run_id, theirs, yours


def put(
    store: Store, run_id: str, kind: Kind, item: str, value: Any, *, seen: int, who: str
) -> AnnotationRow | None:
    """Let an item have a value, None for none; its state, None where there never was one.

    `seen` is the version that the writer looked at, 0 where there was none. Where the item has that value already,
    nothing is written.

    Raises
    ------
    Conflict     the item has another version than `seen`, and another value
    InputError   no such run
    """
    with store.annotating(run_id) as held:
        return write(held, Wish(kind, item, value), seen=seen, who=who)


def write(
    held: Annotating, wish: Wish, *, seen: int, who: str, moment: datetime | None = None
) -> AnnotationRow | None:
    """`put` within a transaction."""
    state = held.state(wish.kind, wish.item)
    version, before = (0, None) if state is None else (state.version, state.value)
    if before == wish.value:
        return state
    if state is not None and version != seen:
        raise Conflict(held.run_id, state, wish)
    kind, item, value = wish.kind, wish.item, wish.value
    when, number = moment or now(), version + 1
    entry = EntryRow(0, when, who, held.run_id, kind, item, number, before, value, wish.undoes)
    return held.write(entry, value)


def version(store: Store, run_id: str, kind: Kind, item: str) -> int:
    """The version that an item has now, 0 where nobody ever wrote it."""
    found = store.annotations(run_id, kind, item=item)
    return found[0].version if found else 0


def undone(store: Store, run_id: str) -> frozenset[int]:
    """The entries that were taken back, and not put back again."""
    found: set[int] = set()
    for entry, target in store.undoings(
        run_id
    ):  # newest first: what undoes an entry is seen before the entry
        if entry not in found:
            found.add(target)
    return frozenset(found)


def own_last(store: Store, run_id: str, *kinds: Kind, who: str) -> EntryRow | None:
    """The newest change by somebody, of these kinds or of all, that is no undoing and was not taken back."""
    gone, first = undone(store, run_id), 0
    while page := store.entries(run_id, first=first, most=_PAGE, who=who, kinds=kinds or None, undo=False):
        for entry in page:
            if entry.id not in gone:
                return entry
        first += _PAGE
    return None


_PAGE = 10


def table(store: Store, run_id: str, *, texts: bool = False) -> dict[str, list[Any]]:
    """The journal of a run as columns, oldest first; `texts` : values as JSON texts, for files that hold no others."""
    entries = store.entries(run_id)[::-1]
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in entries] for name in COLUMNS}
    columns["moment"] = [one.moment.isoformat() for one in entries]
    for name in ("before", "after") if texts else ():
        columns[name] = ["" if it is None else json.dumps(it, ensure_ascii=False) for it in columns[name]]
    return columns


COLUMNS = ("id", "moment", "who", "run_id", "kind", "item", "version", "before", "after", "undoes")
