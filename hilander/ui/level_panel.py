"""Choosing the level or another cut, and taking it away: the left side of the explorer."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from hilander.io.tables import table_bytes
from hilander.ui import cut_choice, level_table, recommended, url
from hilander.ui.components import level_steps
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.words import count
from hilander.views.cut import table_of

TITLES = {
    "level": "Cut at level {level}",
    "links": "Cut by links of {links}",
    "mixed": "Mixed cut from level {level}",
}
FORMATS = {"CSV": "csv", "Parquet": "parquet", "JSON": "json"}


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


def cut_panel(now: Explored) -> None:
    """Take the labels of this level away as a file."""
    with st.container(border=True):
        clusters, kind = now.gallery.n_clusters, now.cut.kind
        with st.container(gap="xxsmall"):
            st.markdown(f"**{TITLES[kind].format(level=now.level, links=now.cut.min_link)}**")
            st.caption(f"{count(now.hierarchy.n, 'row')}, one an image: id, cluster, peak.")
        form = st.segmented_control(
            "Format",
            list(FORMATS),
            default="CSV",
            required=True,
            key="cut-format",
            label_visibility="collapsed",
        )
        suffix = FORMATS[form or "CSV"]
        st.download_button(
            f"Download {count(clusters, 'cluster')}",
            data=partial(_file, now, suffix),
            file_name=f"{_stem(now.dataset.row.name)}_{_of_cut(now)}.{suffix}",
            icon=":material/download:",
            type="primary",
            width="stretch",
            on_click="ignore",
        )


def _file(now: Explored, suffix: Any) -> bytes:
    return table_bytes(table_of(now.dataset.ids, now.cut.peak_of(now.hierarchy)), suffix)


def _of_cut(now: Explored) -> str:
    """The cut, for a file's name."""
    cut = now.cut
    return f"level{cut.level}" + {"level": "", "mixed": "_mixed", "links": f"_links{cut.min_link}"}[cut.kind]


def _stem(name: str) -> str:
    """A data set's name as a file name that every system takes."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60] or "clusters"
