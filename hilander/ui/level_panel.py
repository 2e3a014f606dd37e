"""Choosing the level or another cut: the left side of the explorer."""

from __future__ import annotations

import streamlit as st

from hilander.ui import cut_choice, level_table, recommended, url
from hilander.ui.components import level_steps
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.words import count


def stepper(now: Explored) -> None:
    """Where the images are cut, how to cut elsewhere, and what is recommended."""
    best = recommended.recommendation(now)
    cut_choice.cut_choice(now)
    with st.container():
        WHERE[now.cut.kind](now)
    recommended.recommended_line(now, best)
    level_table.level_table(now, best)


def _level(now: Explored) -> None:
    """Finer, coarser and slider; the arrow keys step too."""
    row, last = now.rows[now.level], now.hierarchy.n_levels
    with st.container(gap="xxsmall"):
        title, steps, figures = st.columns([1.5, 1.65, 0.22], vertical_alignment="center", gap="xsmall")
        title.subheader(f"Level {now.level} of {last}", anchor=False)
        with steps:
            level_steps(now.level, last, run=now.run_row.id, key="steps", chosen=now.go_to_level)
        with figures:
            level_table.figures_button(now)
        st.caption(f"{count(row.clusters, 'cluster')} · {count(row.singletons, 'single image')}{_where(now)}")
    if last:
        changed = url.bind("level-slider", now.level, now.go_to_level)
        st.slider("Level", 0, last, key="level-slider", on_change=changed, label_visibility="collapsed")


WHERE = {"level": _level, "links": cut_choice.recut, "mixed": cut_choice.mixed}


def _where(now: Explored) -> str:
    """How a level stands to the natural one, where levels go on past it."""
    natural = now.hierarchy.natural_level
    if now.level < natural or stopped_as_asked(now.run_row):
        return ""
    return " · natural level" if now.level == natural else " · past natural"
