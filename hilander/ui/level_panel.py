"""The level stepper with the table of levels: the left side of the explorer."""

from __future__ import annotations

import streamlit as st

from hilander.ui import url
from hilander.ui.components import LevelLine, level_list, level_steps
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.words import count, share
from hilander.views.levels import LevelRow

COLUMNS = [
    ("Clusters", "Clusters at this level"),
    ("Singles", "Clusters of one image"),
    ("Largest", "Images in the largest cluster"),
    ("Weakest", "Least linkage probability among the links that this level made"),
]
LABELLED = ("Fb", "Agreement with the known labels at this level, from 0 to 1 (BCubed F, Fb)")


def stepper(now: Explored) -> None:
    """Finer, coarser, slider and table; the arrow keys step too."""
    row, last, natural = now.rows[now.level], now.hierarchy.n_levels, now.hierarchy.natural_level
    with st.container(gap="xxsmall"):
        st.subheader(f"Level {now.level} of {last}", anchor=False)
        st.caption(f"{count(row.clusters, 'cluster')} · {count(row.singletons, 'single image')}{_where(now)}")
    level_steps(now.level, last, run=now.run_row.id, key="steps", chosen=now.go_to_level)
    if last:
        changed = url.bind("level-slider", now.level, now.go_to_level)
        st.slider("Level", 0, last, key="level-slider", on_change=changed, label_visibility="collapsed")
    labelled = row.scores is not None
    level_list(
        [LevelLine(it.level, it.natural, _cells(it), it.level > natural) for it in now.rows],
        [*COLUMNS, LABELLED] if labelled else COLUMNS,
        level=now.level,
        key="levels",
        chosen=now.go_to_level,
        stopped=stopped_as_asked(now.run_row),
    )


def _where(now: Explored) -> str:
    """How a level stands to the natural one, where levels go on past it."""
    natural = now.hierarchy.natural_level
    if now.level < natural or stopped_as_asked(now.run_row):
        return ""
    return " · natural level" if now.level == natural else " · past natural"


def _cells(row: LevelRow) -> tuple[str, ...]:
    cells = (f"{row.clusters:,}", f"{row.singletons:,}", f"{row.largest:,}", share(row.weakest_link))
    return cells if row.scores is None else (*cells, share(row.scores.Fb))
