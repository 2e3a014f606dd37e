"""The recommended level of a run, with the reason in words and the way there."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.errors import InputError
from hilander.services.door import notes
from hilander.ui import opened
from hilander.ui.answer_panel import as_answers
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.visit import visit
from hilander.ui.words import escaped
from hilander.views.recommend import Answered, Recommendation, recommend


def recommendation(now: Explored) -> Recommendation:
    return recommend(
        now.rows,
        labels=opened.labelled(now.dataset.row.id),
        answered=_answered(now.run_row.id),
        stopped=stopped_as_asked(now.run_row),
    )


def recommended_line(now: Explored, best: Recommendation) -> None:
    """One line, and a button where that level is not what is shown."""
    there = now.cut.kind == "level" and now.level == best.level
    what = "This level is recommended" if there else f"Level {best.level} is recommended"
    with st.container(key="recommended"):
        words, way = (st.container(), None) if there else st.columns([2.7, 1], vertical_alignment="center")
        words.caption(f":material/star: **{what}**: {escaped(best.reason)}")
        if way:
            way.button(
                f":primary[**Go to level {best.level}**]",
                key="go-to-recommended",
                type="tertiary",
                help=f"Show level {best.level}, the recommended one",
                on_click=partial(now.go_to_level, best.level),
            )


def _answered(run_id: str) -> Answered | None:
    """None before the first answer. What is wrong with damaged answers is told where they are given."""
    try:
        given = notes.answers_given(visit(), run_id)
    except InputError:
        return None
    told = sum(one.same is not None for one in given)
    if not told:
        return None
    choice = opened.calibration(run_id).choose(as_answers(given), levels_only=True)
    return Answered(told, choice.cut.level or 0)
