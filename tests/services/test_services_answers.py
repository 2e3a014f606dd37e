"""Answers kept with a run: in order, once each, undone one by one, gone with the run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.services import answers
from hilander.services.answers import Judgement
from hilander.services.journal import ANSWER
from hilander.services.store import RunRow
from hilander.services.undo import undo_own

YES, NO, SKIP = Judgement(0, 1, True), Judgement(0, 2, False), Judgement(1, 2, None)


@pytest.fixture
def run(store, workspace) -> str:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    store.add_run(RunRow("r", "set", "r", ClusterConfig().to_dict(), day, "ready", {}))
    workspace.run_dir("r").mkdir()
    return "r"


def test_answers_are_kept_in_order_and_taken_back_from_the_end(run, store):
    for answer in (YES, SKIP, NO):
        answers.give(run, answer, seen=answers.seen(run, answer.a, answer.b), who="me")
    assert answers.given(run) == [YES, SKIP, NO]
    undo_own(store, run, ANSWER, who="me")
    assert answers.given(run) == [YES, SKIP]
    answers.give(run, NO, seen=answers.seen(run, NO.a, NO.b), who="me")
    assert answers.given(run) == [YES, SKIP, NO]


def test_a_press_that_comes_twice_changes_nothing(run, store):
    for _ in range(2):
        answers.give(run, YES, seen=0, who="me")
    assert (answers.given(run), store.n_entries(run)) == ([YES], 1)


def test_a_run_deleted_meanwhile_does_not_come_back(run, store):
    store.remove_run(run)
    with pytest.raises(InputError, match="deleted"):
        answers.give(run, YES, seen=0, who="me")
    assert answers.given(run) == []


@pytest.mark.parametrize("text", ["[1]", '[{"a": 0, "b": 1}]', '[{"a": "x", "b": 1, "same": true}]', "{"])
def test_a_damaged_file_from_before_the_journal_is_named_and_stays(run, workspace, text):
    path = workspace.run_dir(run) / "answers.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"answers\.json"):
        answers.given(run)
    assert path.read_text() == text
