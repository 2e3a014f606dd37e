"""Answers given to "same or different?" about one run: kept in the journal, in the order they were given.

Each pair is an item of its own, so that two people who answer at once keep both their answers; where they answer one
pair otherwise, the second is told. Knows nothing about what follows from answers.
"""

from __future__ import annotations

from hilander.services import before_journal, journal
from hilander.services.journal import ANSWER
from hilander.services.judgement import Judgement
from hilander.services.store import open_store
from hilander.services.workspace import Workspace, default_workspace

__all__ = ["Judgement", "give", "given", "seen"]


def given(run_id: str, workspace: Workspace | None = None) -> list[Judgement]:
    """The answers so far, oldest first. InputError when those from before the journal are in a damaged file."""
    store = open_store(workspace or default_workspace())
    before_journal.take_answers(store, run_id)
    return [
        Judgement.from_dict(row.value) for row in store.annotations(run_id, ANSWER) if row.value is not None
    ]


def seen(run_id: str, a: int, b: int, workspace: Workspace | None = None) -> int:
    """The version of what there is about a pair, for `give`."""
    store = open_store(workspace or default_workspace())
    return journal.version(store, run_id, ANSWER, Judgement(a, b, None).item)


def give(run_id: str, answer: Judgement, *, seen: int, who: str, workspace: Workspace | None = None) -> None:
    """Keep an answer. Conflict when somebody answered the pair otherwise since version `seen` of it."""
    store = open_store(workspace or default_workspace())
    before_journal.take_answers(store, run_id)
    journal.put(store, run_id, ANSWER, answer.item, answer.to_dict(), seen=seen, who=who)
