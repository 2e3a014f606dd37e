"""The panel of questions: what was answered is told, kept, and leads to a level."""

from __future__ import annotations

import re

from hilander.services import answers
from hilander.services.answers import Judgement
from tests.ui.conftest import button, opened, said


def test_nothing_answered_yet(app, run):
    opened(app, run=run)
    assert "Say of a few pairs whether they are the same." in said(app)


def test_answers_are_counted_without_the_skipped_and_name_a_level(app, run):
    for place, same in enumerate((True, None, False)):
        answers.give(run, Judgement(0, place + 1, same), seen=0, who="local")
    opened(app, run=run)
    assert re.search(r"2 answers: level \d, \d clusters", said(app))


def test_the_dialog_shows_how_far_one_is_and_goes_to_the_best_level(app, run):
    answers.give(run, Judgement(0, 2, True), seen=0, who="local")
    opened(app, run=run, level=0)
    button(app, "Answer 20 questions").click().run()
    best = re.search(r"Best so far: level (\d)", said(app))
    assert best
    go = app.button(key="go-to-best")
    assert go.label == f"Go to level {best[1]}"
    go.click().run()
    assert app.query_params["level"] == best[1]
    assert "Best so far" not in said(app)


def test_a_damaged_file_of_answers_is_told(app, run, workspace):
    (workspace.run_dir(run) / "answers.json").write_text('[{"a": 1}]')
    opened(app, run=run)
    assert "does not hold answers" in said(app)
    assert "3 clusters, largest first" in said(app)  # the rest of the page stands
