"""The ways of looking at a cut as a whole, one at a time: a table of them, the switch between them, and the one on.

A view is a function of what is explored; add it to `VIEWS`, and link, switch and page have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hilander.ui import (
    audit_view,
    changes_view,
    compare_panel,
    gallery_panel,
    history_view,
    map_view,
    tree_panel,
)
from hilander.ui.explored import GALLERY, Explored
from hilander.ui.switch import switch
from hilander.ui.words import count


@dataclass(frozen=True)
class View:
    """label : in the switch; what : said after the number of clusters; draw : draws it; title : said in place of
    the number of clusters; offered : whether the switch has it."""

    label: str
    what: str
    draw: Callable[[Explored], None]
    title: Callable[[Explored], str] | None = None
    offered: Callable[[Explored], bool] = lambda now: True


VIEWS = {
    GALLERY: View("Gallery", "", gallery_panel.pages, gallery_panel.title),
    "map": View("Map", "near means alike", map_view.map_view),
    "tree": View("Tree", "underlined in the tree", tree_panel.tree_panel),
    "compare": View("Compare", "", compare_panel.compare),
    "changes": View("Changes", "", changes_view.changes),
    "audit": View("Audit", "against the known labels", audit_view.audit_view, offered=audit_view.has_labels),
    "history": View("History", "", history_view.history, history_view.title),
}


def main_view(now: Explored) -> None:
    view = VIEWS[now.view]
    title, right = st.columns([1, 1.5], vertical_alignment="bottom")
    clusters = now.gallery.n_clusters
    what = f", {view.what}" if view.what and clusters > 1 else ""
    told = view.title(now) if view.title else count(clusters, "cluster") + what
    title.subheader(told, anchor=False)
    with right.container(horizontal=True, horizontal_alignment="right"):
        offered = {name: it.label for name, it in VIEWS.items() if name == now.view or it.offered(now)}
        switch("view", offered, label="Show", resets=("page",), key="view")
    view.draw(now)
