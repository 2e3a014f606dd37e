"""Answer 20 questions: two images, same or different, and the level that the answers speak for.

Answers are kept with the run (`services.answers`); what follows from them is computed by `calibrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from hilander.calibrate.choose import Answers, Calibration, Choice
from hilander.services.access import Action, run
from hilander.services.answers import Judgement
from hilander.services.door import notes
from hilander.services.journal import ANSWER
from hilander.ui import opened, url
from hilander.ui.components import Side, question
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.visit import may, visit
from hilander.ui.words import count, share
from hilander.ui.writes import attempt, tried, waiting

ENOUGH = 20
PLACE = "questions"  # where a conflict is told
_OPEN, _LEAVE = "questions-asked", "questions-left"
MEANS = {"same": True, "different": False, "skip": None}


def answer_panel(now: Explored) -> None:
    """How far the answers are, and the button that opens the questions."""
    if now.hierarchy.n_levels == 0:
        return
    given = notes.answers_given(visit(), now.run_row.id)
    told = sum(one.same is not None for one in given)
    may_answer = may(Action.ANNOTATE, run(now.run_row.id))
    if not (told or may_answer):
        return
    with st.container(border=True):
        with st.container(gap="xxsmall"):
            st.markdown("**Which level is right?**")
            st.caption(_so_far(now, given, told))
        if not may_answer:
            return
        st.button(
            f"Answer {ENOUGH} questions" if told < ENOUGH else "Answer more",
            key="open-questions",
            icon=":material/compare:",
            width="stretch",
            on_click=url.held(st.session_state.__setitem__, _OPEN, True),
            help="Two images, the same or different? The answers choose the level.",
        )
    if st.session_state.pop(_OPEN, False):
        _dialog(now)


def _so_far(now: Explored, given: Sequence[Judgement], told: int) -> str:
    if not told:
        return "Say of a few pairs whether they are the same."
    choice = opened.calibration(now.run_row.id).choose(as_answers(given), levels_only=True)
    return f"{count(told, 'answer')}: level {choice.cut.level}, {count(choice.clusters, 'cluster')}."


@st.dialog("Same or different?", width="medium", on_dismiss=url.hold)
def _dialog(now: Explored) -> None:
    with guarded():
        waiting(now, PLACE)
        run_id = now.run_row.id
        given = notes.answers_given(visit(), run_id)
        told = sum(one.same is not None for one in given)
        with st.spinner("Looking for the question that tells most"):
            calibration = opened.calibration(run_id)
        st.progress(min(1.0, told / ENOUGH), _progress(told))
        _ask(now, calibration, given)
        _best(now, calibration.choose(as_answers(given), levels_only=True), told)
        if st.session_state.pop(_LEAVE, False):
            url.again()


def _progress(told: int) -> str:
    if told < ENOUGH:
        return f"Question {told + 1} of {ENOUGH}"
    return f"{count(told, 'answer')} given; more make the choice surer"


def _ask(now: Explored, calibration: Calibration, given: Sequence[Judgement]) -> None:
    skipped = [(one.a, one.b) for one in given if one.same is None]
    pair = calibration.ask(as_answers(given), leave_out=skipped)
    if not pair:
        st.info("There is no other pair to ask about.", icon=":material/check:")
        return
    a, b = pair[0]

    run_id, seen = now.run_row.id, notes.answer_seen(visit(), now.run_row.id, a, b)

    def heard(answer: str, place: int) -> None:
        if place != len(given):  # pressed on an older question than this one
            return
        if answer == "undo":
            _take_back(run_id)
        else:
            told = Judgement(a, b, MEANS[answer])
            attempt(lambda version: notes.answer(visit(), run_id, told, seen=version), seen, place=PLACE)

    question(_side(now, a), _side(now, b), place=len(given), key="question", answered=heard)


def _take_back(run_id: str) -> None:
    tried(
        lambda: notes.take_back_own(visit(), run_id, ANSWER),
        lambda it: notes.take_back_conflicting(visit(), run_id, it),
        place=PLACE,
    )


def _side(now: Explored, row: int) -> Side:
    return Side(now.dataset.thumbs.data_url(row, "large"), now.id_of(row))


def _best(now: Explored, choice: Choice, told: int) -> None:
    """The best level so far, and the way there."""
    level = choice.cut.level or 0
    words, way = st.columns([2, 1], vertical_alignment="center")
    with words, st.container(gap="xxsmall"):
        stands = ", the natural one" if level == now.hierarchy.natural_level else ""
        st.markdown(f"**Best so far: level {level}**{stands} · {count(choice.clusters, 'cluster')}")
        st.caption(
            f"Expected score {share(choice.expected)}, likely {share(choice.low)} to {share(choice.high)}.",
            help="(Fp + Fb) / 2 against what you would call the same, 1 being perfect; likely: four in five.",
        )
    with way:
        st.button(
            f"Go to level {level}",
            key="go-to-best",
            type="primary" if told >= ENOUGH else "secondary",
            width="stretch",
            on_click=partial(_go, now, level),
        )


def _go(now: Explored, level: int) -> None:
    now.go_to_level(level)
    st.session_state[_LEAVE] = True


def as_answers(given: Sequence[Judgement]) -> Answers:
    told = [one for one in given if one.same is not None]
    a, b = (np.array([getattr(one, side) for one in told], np.int64) for side in ("a", "b"))
    return Answers(a, b, np.array([one.same for one in told], bool))
