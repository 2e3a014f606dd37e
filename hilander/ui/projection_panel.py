"""One cluster's own map: its members, the peak pinned, the nearest other peaks as ghosts around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.services.door import projections
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui import opened, url
from hilander.ui.cards import label_of
from hilander.ui.components import MapPoints, point_map
from hilander.ui.explored import Explored
from hilander.ui.laid_out import Laid, wait_or_draw
from hilander.ui.visit import visit
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count
from hilander.views.ghosts import nearest_peaks

GHOSTS = 8


def projection_panel(
    now: Explored,
    rows: np.ndarray,
    *,
    shows: str,
    what: str,
    height: int,
    chosen: Callable[[int], None],
    peak: int,
) -> None:
    """Show the map of these rows, or that it is being computed; a click on a ghost opens its cluster."""
    ghosts = ghosts_of(now, peak)
    if len(rows) + len(ghosts) == 1:
        st.info("Only one: there is nothing to lay out.", icon=":material/image:")
        return
    asked = projections.request(visit(), now.dataset.row.id, rows, peak, ghosts=ghosts)

    def draw(it: Laid) -> None:
        rerun_if_asked()
        around = f" · dashed: {count(len(ghosts), 'nearest peak')}" if len(ghosts) else ""
        method = "UMAP" if it.method == "umap" else "PCA"
        legend = f"{method} of {len(it.rows) - len(ghosts):,} {what}{around}"
        points = MapPoints(
            it.places,
            peak=int(np.searchsorted(it.rows, peak)),
            ghosts=tuple(int(i) for i in np.searchsorted(it.rows, np.sort(ghosts))),
        )
        is_ghost = frozenset(ghosts.tolist())
        point_map(
            points,
            key="map",
            shows=shows,
            label=legend,
            legend=legend,
            height=height,
            tip=lambda i: _tip(now, int(it.rows[i]), is_ghost),
            chosen=lambda i: _go(now, int(it.rows[i]), is_ghost, chosen),
        )
        if it.note:
            st.caption(it.note)

    wait_or_draw(now.dataset.row.id, asked, len(rows), height, draw)
    st.button(
        "Show on the map of all",
        icon=":material/scatter_plot:",
        type="tertiary",
        key="show-on-map",
        help="The whole map with this cluster bright and everything else grey.",
        on_click=partial(url.put, cluster=None, view="map", bright=peak, branch=None),
    )


def image_tip(now: Explored, row: int, *more: str) -> tuple[str, ...]:
    """What a map shows of a point: its image, id, label, and what else is to be said."""
    return (now.dataset.thumbs.data_url(row), now.id_of(row), label_of(now.dataset, row), *more)


def ghosts_of(now: Explored, peak: int) -> np.ndarray:
    """The peaks of this cut nearest to this one."""
    return _ghosts(default_workspace(), now.dataset.row.id, now.run_row.id, now.cut, peak)


@st.cache_resource(show_spinner=False, max_entries=256)
def _ghosts(workspace: Workspace, dataset_id: str, run_id: str, cut: Cut, peak: int) -> np.ndarray:
    gallery = opened.gallery(run_id, cut)
    return nearest_peaks(opened.dataset(dataset_id).x, gallery, peak, GHOSTS, opened.run(run_id).graph)


def _tip(now: Explored, row: int, ghosts: frozenset[int]) -> tuple[str, ...]:
    if row not in ghosts:
        return image_tip(now, row)
    size = int(now.gallery.sizes[now.gallery.place_of(row)])
    return image_tip(now, row, f"peak of another cluster: {count(size, 'image')}")


def _go(now: Explored, row: int, ghosts: frozenset[int], chosen: Callable[[int], None]) -> None:
    whole_page(now.open_cluster if row in ghosts else chosen)(row)
