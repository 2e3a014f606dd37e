"""The ways of looking at a cut as a whole, one at a time: a table of them, the switch between them, and the one on.

A view is a function of what is explored; add it to `VIEWS`, and link, switch and page have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hilander.ui import gallery_panel, peaks_map, tree_panel, url
from hilander.ui.explored import GALLERY, Explored
from hilander.ui.words import count


@dataclass(frozen=True)
class View:
    """label : in the switch; what : said after the number of clusters; draw : draws it."""

    label: str
    what: str
    draw: Callable[[Explored], None]


VIEWS = {
    GALLERY: View("Gallery", "largest first", gallery_panel.pages),
    "map": View("Map of peaks", "each at its peak", peaks_map.peaks_map),
    "tree": View("Tree", "underlined in the tree", tree_panel.tree_panel),
}


def main_view(now: Explored) -> None:
    view = VIEWS[now.view]
    title, switch = st.columns([1, 1], vertical_alignment="bottom")
    clusters = now.gallery.n_clusters
    what = f", {view.what}" if view.what and clusters > 1 else ""
    title.subheader(count(clusters, "cluster") + what, anchor=False)
    with switch.container(horizontal=True, horizontal_alignment="right"):
        changed = url.bind("view", now.view, _go)
        st.segmented_control(
            "Show",
            list(VIEWS),
            format_func=lambda name: VIEWS[name].label,
            required=True,
            key="view",
            on_change=changed,
            label_visibility="collapsed",
        )
    view.draw(now)


def _go(view: str) -> None:
    url.put(view=None if view == GALLERY else view)
