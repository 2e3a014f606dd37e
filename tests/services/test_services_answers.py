"""Answers kept with a run: in order, once each, undone one by one, gone with the run."""

from __future__ import annotations

import pytest

from hilander.errors import InputError
from hilander.services import answers
from hilander.services.answers import Judgement
from hilander.services.workspace import Workspace

YES, NO, SKIP = Judgement(0, 1, True), Judgement(0, 2, False), Judgement(1, 2, None)


@pytest.fixture
def home(tmp_path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.run_dir("r").mkdir()
    return workspace


def test_answers_are_kept_in_order_and_taken_back_from_the_end(home):
    for place, answer in enumerate((YES, SKIP, NO)):
        answers.give("r", answer, place=place, workspace=home)
    assert answers.given("r", home) == [YES, SKIP, NO]
    answers.take_back("r", place=3, workspace=home)
    assert answers.given("r", Workspace(home.root)) == [YES, SKIP]


def test_a_press_that_comes_twice_or_late_changes_nothing(home):
    answers.give("r", YES, place=0, workspace=home)
    answers.give("r", NO, place=0, workspace=home)
    answers.take_back("r", place=0, workspace=home)
    assert answers.given("r", home) == [YES]


def test_a_run_deleted_meanwhile_does_not_come_back(home):
    home.run_dir("r").rmdir()
    answers.give("r", YES, place=0, workspace=home)
    assert not home.run_dir("r").exists()
    assert answers.given("r", home) == []


@pytest.mark.parametrize("text", ["[1]", '[{"a": 0, "b": 1}]', '[{"a": "x", "b": 1, "same": true}]', "{"])
def test_a_damaged_file_is_named(home, text):
    (home.run_dir("r") / "answers.json").write_text(text)
    with pytest.raises(InputError, match=r"answers\.json"):
        answers.given("r", home)
