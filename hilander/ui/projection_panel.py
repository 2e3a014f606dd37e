"""A UMAP of some rows: asked for, waited for without holding up the page, then drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from hilander.services import projection
from hilander.services.projection import Projection
from hilander.ui.cards import label_of
from hilander.ui.components import MapPoints, point_map
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count
from hilander.views.islands import nearer

POLL = 0.5  # s


def projection_panel(
    now: Explored,
    rows: np.ndarray,
    *,
    shows: str,
    what: str,
    height: int,
    chosen: Callable[[int], None],
    peak: int | None = None,
) -> None:
    """Show the map, or that it is being computed; a small fragment polls until it is there."""
    if len(rows) == 1:
        st.info("Only one: there is nothing to lay out.", icon=":material/image:")
        return
    asked = projection.request(now.dataset.row.id, rows, peak)
    waiting = projection.result(asked) is None

    @st.fragment(run_every=POLL if waiting else None)
    def poll() -> None:
        with guarded():
            found = projection.result(asked)
            if found is None:
                _wait(len(rows), height)
            elif waiting:
                st.rerun()
            else:
                _draw(now, found, shows=shows, what=what, height=height, chosen=chosen, peak=peak)

    poll()


def _wait(n: int, height: int) -> None:
    with st.container(
        border=True, height=height, horizontal_alignment="center", vertical_alignment="center", gap="xxsmall"
    ):
        st.markdown(f":material/hourglass_top: Laying out {count(n, 'image')} with UMAP …", width="content")
        st.caption("The page can be used meanwhile; next time the map is there at once.", width="content")


def _draw(
    now: Explored,
    found: Projection,
    *,
    shows: str,
    what: str,
    height: int,
    chosen: Callable[[int], None],
    peak: int | None,
) -> None:
    dataset = now.dataset
    labels = [label_of(dataset, int(row)) for row in found.rows]
    ids = [now.id_of(int(row)) for row in found.rows]
    names = [f"{name}\n{label}" if label else name for name, label in zip(ids, labels, strict=True)]
    pinned = None if peak is None else int(np.searchsorted(found.rows, peak))
    points = MapPoints(
        xy=nearer(found.xy) if found.method == "umap" else found.xy,
        rows=found.rows,
        names=names,
        thumbs=[dataset.thumbs.data_url(int(row)) for row in found.rows],
        peak=pinned,
    )
    method = "UMAP" if found.method == "umap" else "PCA (too few images for UMAP)"
    legend = f"{method} of {len(found.rows):,} {what}"
    point_map(
        points,
        key="map",
        shows=shows,
        label=legend,
        legend=legend,
        height=height,
        chosen=whole_page(chosen),
    )
    rerun_if_asked()
    if found.note:
        st.caption(found.note)
