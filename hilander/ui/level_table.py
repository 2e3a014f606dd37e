"""The table of levels: what it shows of each, in the side column and in full."""

from __future__ import annotations

import streamlit as st

from hilander.ui import opened, url
from hilander.ui.components import Column, LevelLine, level_list
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.words import count, share
from hilander.views.levels import LevelRow
from hilander.views.recommend import Labelled, Recommendation

_OPEN = "all-figures-asked"
COLUMNS = [
    Column("Clusters", "Clusters at this level"),
    Column("Singles", "Clusters of one image"),
    Column(
        "Sizes",
        "Where the images are: in clusters of 1, 2-3, 4-7, 8-15, … images, from left to right",
        bars=True,
    ),
    Column("Largest", "Images in the largest cluster", wide=True),
    Column("Weakest", "Least linkage probability, from 0 to 1, among the links that this level made"),
    Column("Median", "Median linkage probability, from 0 to 1, of the links that this level made"),
]
SCORES = {
    "Fb": "BCubed F: how well each image's cluster matches its known label",
    "Fp": "Pairwise F: how well pairs in one cluster match pairs of one label",
    "NMI": "Normalised mutual information of clusters and labels",
}


def level_table(now: Explored, best: Recommendation) -> None:
    """All levels, the shown one and the recommended one marked; a click goes there."""
    labels, most = opened.labelled(now.dataset.row.id), max(len(row.by_size) for row in now.rows)
    natural = now.hierarchy.natural_level
    level_list(
        [
            LevelLine(
                row.level,
                row.natural,
                _cells(row, most),
                coarser=row.level > natural,
                starred=row.level == best.level,
                hover=_hover(row),
            )
            for row in now.rows
        ],
        COLUMNS + _score_columns(labels),
        level=now.level if now.cut.kind == "level" else None,
        key="levels",
        chosen=now.go_to_level,
        stopped=stopped_as_asked(now.run_row),
        star=f"Recommended: {best.reason}",
    )


def _score_columns(labels: Labelled | None) -> list[Column]:
    if labels is None:
        return []
    return [
        Column(name, f"{what}, from 0 to 1 ({labels.words})", wide=name != "Fb")
        for name, what in SCORES.items()
    ]


def _cells(row: LevelRow, most: int) -> tuple[str | tuple[float, ...], ...]:
    cells = (
        f"{row.clusters:,}",
        f"{row.singletons:,}",
        _bars(row, most),
        f"{row.largest:,}",
        share(row.weakest_link),
        share(row.median_link),
    )
    return cells if row.scores is None else (*cells, *(share(getattr(row.scores, name)) for name in SCORES))


def _bars(row: LevelRow, most: int) -> tuple[float, ...]:
    """Share of the images in clusters of each size; as many bars for every level."""
    images = row.images_by_size
    return tuple(round(it / sum(images), 4) for it in images) + (0.0,) * (most - len(images))


def _hover(row: LevelRow) -> str:
    """The row in words, what the side column has no room for too."""
    sizes = [f"{clusters:,} of {_range(bin_)}" for bin_, clusters in enumerate(row.by_size) if clusters]
    lines = [f"Clusters by images: {', '.join(sizes)}"]
    if row.new_links:
        lines.append(
            f"{count(row.new_links, 'link')} made here: weakest {share(row.weakest_link)}, "
            f"median {share(row.median_link)}"
        )
    if row.scores:
        lines.append(", ".join(f"{name} {share(getattr(row.scores, name))}" for name in ("Fp", "Fb", "NMI")))
    return "\n".join(lines)


def _range(bin_: int) -> str:
    low = 2**bin_
    return "1" if low == 1 else f"{low:,}–{2 * low - 1:,}"


def figures_button(now: Explored) -> None:
    """All figures of all levels, in a dialog."""
    st.button(
        "All figures",
        key="all-figures",
        icon=":material/table_chart:",
        type="tertiary",
        help="All figures of all levels",
        on_click=url.held(st.session_state.__setitem__, _OPEN, True),
    )
    if st.session_state.pop(_OPEN, False):
        _figures(now)


@st.dialog("Levels", width="large")
def _figures(now: Explored) -> None:
    labels = opened.labelled(now.dataset.row.id)
    if labels:
        st.caption(f"Fp, Fb and NMI, from 0 to 1: {labels.words}.")
    table = [
        {
            "Level": row.level,
            "Clusters": row.clusters,
            "Singles": row.singletons,
            "Median size": row.median_size,
            "Largest": row.largest,
            "Sizes": list(_bars(row, max(len(it.by_size) for it in now.rows))),
            "Links made": row.new_links,
            "Weakest": row.weakest_link,
            "Median link": row.median_link,
            **({name: getattr(row.scores, name) for name in ("Fp", "Fb", "NMI")} if row.scores else {}),
        }
        for row in now.rows
    ]
    helps = {column.name: column.help for column in COLUMNS} | {
        "Level": "0: every image by itself; higher is coarser",
        "Median size": "Images in the median cluster",
        "Links made": "Links that this level made: each joins two clusters",
        "Median link": COLUMNS[-1].help,
        **{name: f"{what}, from 0 to 1" for name, what in SCORES.items()},
    }
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            name: st.column_config.BarChartColumn(help=help_, y_min=0, y_max=1)
            if name == "Sizes"
            else st.column_config.NumberColumn(
                help=help_, format="%.3f" if name in {"Weakest", "Median link", *SCORES} else None
            )
            for name, help_ in helps.items()
        },
    )
