"""What people say about a run, read and written by a visitor; what is written is kept under their id."""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.services import answers, before_journal, journal, said, selection, undo
from hilander.services.access import Action
from hilander.services.door.visit import Visit, on_run
from hilander.services.journal import Conflict, Kind
from hilander.services.judgement import Judgement
from hilander.services.said import Annotations
from hilander.services.store import EntryRow


@on_run(Action.VIEW)
def said_of(visit: Visit, run_id: str, known: Annotations | None = None) -> Annotations:
    """Everything said of the run, see `said.of`."""
    return said.of(visit.store, run_id, known)


@on_run(Action.VIEW)
def take_in_exclusions(visit: Visit, run_id: str) -> None:
    """See `before_journal.take_exclusions`."""
    before_journal.take_exclusions(visit.store, run_id)


@on_run(Action.VIEW)
def n_entries(visit: Visit, run_id: str) -> int:
    return visit.store.n_entries(run_id)


@on_run(Action.VIEW)
def entries(visit: Visit, run_id: str, *, first: int = 0, most: int | None = None) -> list[EntryRow]:
    """The history of the run, newest first."""
    return visit.store.entries(run_id, first=first, most=most)


@on_run(Action.VIEW)
def undone(visit: Visit, run_id: str) -> frozenset[int]:
    return journal.undone(visit.store, run_id)


@on_run(Action.VIEW)
def own_last(visit: Visit, run_id: str, *kinds: Kind) -> EntryRow | None:
    """The visitor's own newest change that was not taken back."""
    return journal.own_last(visit.store, run_id, *kinds, who=visit.person.id)


@on_run(Action.EXPORT)
def history_table(visit: Visit, run_id: str, *, texts: bool = False) -> dict[str, list[Any]]:
    return journal.table(visit.store, run_id, texts=texts)


@on_run(Action.ANNOTATE)
def say(visit: Visit, run_id: str, kind: Kind, item: str, text: str, *, seen: int) -> None:
    said.say(visit.store, run_id, kind, item, text, seen=seen, who=visit.person.id)


@on_run(Action.ANNOTATE)
def exclude(visit: Visit, run_id: str, rows: np.ndarray) -> None:
    selection.exclude(run_id, rows, who=visit.person.id, workspace=visit.workspace)


@on_run(Action.ANNOTATE)
def include(visit: Visit, run_id: str, rows: np.ndarray) -> None:
    selection.include(run_id, rows, who=visit.person.id, workspace=visit.workspace)


@on_run(Action.ANNOTATE)
def take_back(visit: Visit, run_id: str, entry_id: int, *, seen: int) -> None:
    """Undo any entry, see `undo.undo`."""
    undo.undo(visit.store, run_id, entry_id, seen=seen, who=visit.person.id)


@on_run(Action.ANNOTATE)
def take_back_own(visit: Visit, run_id: str, *kinds: Kind) -> None:
    """Undo the visitor's own last change."""
    undo.undo_own(visit.store, run_id, *kinds, who=visit.person.id)


@on_run(Action.ANNOTATE)
def take_back_conflicting(visit: Visit, run_id: str, conflict: Conflict) -> None:
    """Undo the visitor's own last change although somebody else changed the same since: they have seen that now."""
    undo.undo(
        visit.store, run_id, conflict.yours.undoes or 0, seen=conflict.theirs.version, who=visit.person.id
    )


@on_run(Action.VIEW)
def answers_given(visit: Visit, run_id: str) -> list[Judgement]:
    return answers.given(run_id, visit.workspace)


@on_run(Action.VIEW)
def answer_seen(visit: Visit, run_id: str, a: int, b: int) -> int:
    """The version of what there is about a pair."""
    return answers.seen(run_id, a, b, visit.workspace)


@on_run(Action.ANNOTATE)
def answer(visit: Visit, run_id: str, told: Judgement, *, seen: int) -> None:
    answers.give(run_id, told, seen=seen, who=visit.person.id, workspace=visit.workspace)
