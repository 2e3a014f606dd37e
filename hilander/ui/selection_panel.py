"""The images that were drawn around on a map: looked at, taken away as a file, excluded, and back again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from hilander.io.tables import table_bytes
from hilander.services.access import Action, run
from hilander.services.door import notes
from hilander.services.journal import EXCLUSION
from hilander.ui import url
from hilander.ui.annotated import excluded
from hilander.ui.components import Card, image_grid
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.image_dialog import ask_for_image
from hilander.ui.visit import at_press, may, visit
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count
from hilander.ui.writes import attempt
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 48
HOW = "Select images: press **Lasso** or **Box** on the map (keys s and b) and draw around points."
EXCLUDE_HELP = (
    "Marks these images as not to be used, in this run alone: hollow on the map, excluded = true in files. "
    "Nothing is deleted; it can be undone."
)


def selection_panel(now: Explored, chosen: np.ndarray | None, *, peaks: bool) -> None:
    """`chosen` are the rows of the points inside the outline, None without one; `peaks` : they stand for clusters."""
    out = excluded(now.run_row.id)
    if chosen is None:
        st.caption(HOW)
    elif len(chosen) == 0:
        st.info("No point lies inside the outline. Draw around some.", icon=":material/lasso_select:")
    else:
        whole = peaks and url.text("whole") == "1"
        rows = now.gallery.rows_of(chosen) if whole else chosen
        _head(now, rows, out, points=len(chosen), peaks=peaks, whole=whole)
        _pages(now, rows, frozenset(out[np.isin(out, rows)].tolist()))
    _undo(now, len(out))


def _head(now: Explored, rows: np.ndarray, out: np.ndarray, *, points: int, peaks: bool, whole: bool) -> None:
    n_out = int(np.isin(rows, out).sum())
    of_them = f", {n_out:,} of them excluded" if n_out else ""
    what = (
        f"{count(points, 'peak')} selected"
        if peaks and not whole
        else f"{count(len(rows), 'image')} selected"
    )
    st.subheader(what + of_them, anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        if peaks:
            st.toggle(
                "Whole clusters",
                key="selected-whole",
                help="All images of the clusters that the selected peaks stand for, not the peaks alone.",
                on_change=url.bind("selected-whole", whole, lambda it: url.put(whole=1 if it else None)),
            )
        st.download_button(
            "Download CSV",
            data=at_press(partial(_csv, now, rows, out)),
            file_name="selection.csv",
            icon=":material/download:",
            help="One row an image: id, cluster (0 is the largest), peak, excluded.",
            on_click="ignore",
        )
        if n_out < len(rows) and _may_write(now):
            st.button(
                "Exclude",
                icon=":material/block:",
                help=EXCLUDE_HELP,
                key="exclude",
                on_click=partial(_turn, now, rows, notes.exclude),
            )
        if n_out and _may_write(now):
            st.button(
                "Include again",
                icon=":material/add_circle:",
                key="include",
                on_click=partial(_turn, now, rows, notes.include),
            )
        st.button(
            "Clear", key="clear-selection", type="tertiary", on_click=partial(url.put, lasso=None, whole=None)
        )


def _may_write(now: Explored) -> bool:
    return may(Action.ANNOTATE, run(now.run_row.id))


def _turn(now: Explored, rows: np.ndarray, turn: Callable[..., None]) -> None:
    run_id = now.run_row.id
    attempt(lambda _: turn(visit(), run_id, rows), 0)


def _csv(now: Explored, rows: np.ndarray, out: np.ndarray) -> bytes:
    visit().check(Action.EXPORT, run(now.run_row.id))
    ids, gallery = now.dataset.ids, now.gallery
    cluster = gallery.place[rows]
    columns = {"id": ids[rows], "cluster": cluster, "peak": ids[gallery.peaks[cluster]]}
    return table_bytes(columns | {"excluded": np.where(np.isin(rows, out), "true", "false")}, "csv")


@st.fragment
def _pages(now: Explored, rows: np.ndarray, out: frozenset[int]) -> None:
    """The images page by page, without drawing the rest of the page again."""
    with guarded():
        total, key = n_pages(len(rows), PER_PAGE), f"selected-page-{len(rows)}-{int(rows[0])}"
        first, last = page_bounds(len(rows), st.session_state.get(key, 1), PER_PAGE)
        cards = [_card(now, row, row in out) for row in rows[first:last].tolist()]
        image_grid(
            cards, key="selected", label="Selected images", layout="twelve", chosen=whole_page(ask_for_image)
        )
        if total > 1:
            st.pagination(total, key=key, max_visible_pages=5, width=360)
        rerun_if_asked()


def _card(now: Explored, row: int, is_out: bool) -> Card:
    name = now.id_of(row)
    image = now.dataset.thumbs.data_url(row)
    return Card(id=row, image=image, title=name, tag="excluded" if is_out else "", hover=name)


def _undo(now: Explored, n_out: int) -> None:
    run_id = now.run_row.id
    mine = notes.own_last(visit(), run_id, EXCLUSION) if _may_write(now) else None
    if mine is None and not n_out:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count(n_out, 'image')} of this run excluded", width="content", help=EXCLUDE_HELP)
        if mine is not None:
            st.button(
                "Undo the last step",
                icon=":material/undo:",
                key="undo-exclusion",
                type="tertiary",
                help="Your own last step. History has all of them, each with a way back.",
                on_click=partial(_back, run_id),
            )


def _back(run_id: str) -> None:
    attempt(lambda _: notes.take_back_own(visit(), run_id, EXCLUSION), 0)
