"""One cluster opened: its head, and one of the ways of looking at it (`PARTS`), which the URL names."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from hilander.ui import url
from hilander.ui.audit_groups import about_opened
from hilander.ui.branch_tools import branch_tools
from hilander.ui.cards import label_of
from hilander.ui.explored import Explored
from hilander.ui.image_dialog import ask_for_image, image_dialog
from hilander.ui.made_of_panel import made_of
from hilander.ui.members_panel import members
from hilander.ui.nearest_panel import nearest
from hilander.ui.projection_panel import projection_panel
from hilander.ui.said_panel import name_of, said_panel
from hilander.ui.switch import switch
from hilander.ui.why_panel import why
from hilander.ui.words import count, escaped


def cluster_view(now: Explored, peak: int) -> None:
    rows = now.gallery.rows(now.gallery.place_of(peak))
    _head(now, peak, len(rows))
    said_panel(now, peak)
    about_opened(now)
    branch_tools(now, peak)
    part = switch("part", {name: label for name, (label, _) in PARTS.items()}, label="Show of this cluster")
    PARTS[part][1](now, peak)
    image_dialog(now)


def _head(now: Explored, peak: int, size: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "All clusters",
            icon=":material/arrow_back:",
            shortcut="Escape",
            key="all-clusters",
            on_click=partial(url.put, cluster=None, sheet=None),
        )
        label = label_of(now.dataset, peak)
        name = name_of(now, peak)
        told = f"{escaped(name)} · {count(size, 'image')}" if name else f"Cluster of {count(size, 'image')}"
        st.subheader(told, anchor=False, width="content")
        st.caption(
            f"\\#{now.gallery.place_of(peak)}",
            width="content",
            help="Its number in the column cluster of the file that Download gives; 0 is the largest.",
        )
        st.caption(escaped(f"peak {now.id_of(peak)}" + (f" · {label}" if label else "")), width="content")


def _members_and_map(now: Explored, peak: int) -> None:
    rows = now.gallery.rows(now.gallery.place_of(peak))
    left, right = st.columns(2, gap="medium")
    with left:
        members(now, peak)
    with right:
        st.markdown("**Map** · near means alike")
        projection_panel(
            now,
            np.sort(rows),
            shows=f"cluster-{now.key}-{peak}",
            what="images",
            height=440,
            peak=peak,
            chosen=ask_for_image,
        )


PARTS = {
    "members": ("Members and map", _members_and_map),
    "why": ("Why", why),
    "nearest": ("Nearest", nearest),
    "made": ("Made of", made_of),
}
