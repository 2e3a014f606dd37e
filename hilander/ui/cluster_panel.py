"""One cluster opened: its peak, where it stands in the hierarchy, its members and their map."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from hilander.ui import url
from hilander.ui.audit_groups import about_opened
from hilander.ui.cards import cluster_card, image_cards, label_of
from hilander.ui.components import image_grid
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.image_dialog import ask_for_image, image_dialog
from hilander.ui.projection_panel import projection_panel
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count, escaped
from hilander.views.gallery import ClusterCard, Gallery, n_pages, page_bounds

MEMBERS = 30
CHILDREN = 40


def cluster_view(now: Explored, peak: int) -> None:
    rows = now.gallery.rows(now.gallery.place_of(peak))
    _head(now, peak, len(rows))
    about_opened(now)
    level = now.level_of(peak)
    if level is not None:
        _family(now, peak, level)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Members** · {count(len(rows), 'image')}, the peak first")
        _members(now, peak, rows)
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
    image_dialog(now)


def _head(now: Explored, peak: int, size: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "All clusters",
            icon=":material/arrow_back:",
            shortcut="Escape",
            key="all-clusters",
            on_click=partial(url.put, cluster=None),
        )
        label = label_of(now.dataset, peak)
        st.subheader(f"Cluster of {count(size, 'image')}", anchor=False, width="content")
        st.caption(
            f"\\#{now.gallery.place_of(peak)}",
            width="content",
            help="Its number in the column cluster of the file that Download gives; 0 is the largest.",
        )
        st.caption(escaped(f"peak {now.id_of(peak)}" + (f" · {label}" if label else "")), width="content")


def _family(now: Explored, peak: int, level: int) -> None:
    """The cluster it becomes part of at the next level, and those of the level below that it was made of."""
    h = now.hierarchy
    above, below = st.columns([1, 4], gap="medium")
    with above:
        if level < h.n_levels:
            parent = h.parent_of(peak, level)
            st.markdown(f"**Parent** · level {level + 1}")
            card = cluster_card(
                now.dataset, _bare(now, parent, level + 1), tag="same peak" if parent == peak else ""
            )
            image_grid(
                [card],
                key="parent",
                label="Cluster of the level above",
                layout="row",
                chosen=now.opener(level + 1),
            )
        else:
            st.markdown("**Parent**")
            st.caption("This is the last level: nothing was joined further.")
    with below:
        if level == 0:
            st.markdown("**Made of**")
            st.caption("Level 0 is every image by itself.")
            return
        if level == 1:
            st.markdown("**Made of**")
            st.caption("Single images, joined at this level: the members below.")
            return
        children = h.children(peak, level)
        more = f", the largest {CHILDREN} shown" if len(children) > CHILDREN else ""
        st.markdown(f"**Made of** · {count(len(children), 'cluster')} of level {level - 1}{more}")
        cards = [
            cluster_card(now.dataset, it, tag="same peak" if it.peak == peak else "")
            for it in largest_cards(now.gallery_at(level - 1), children, CHILDREN)
        ]
        image_grid(
            cards,
            key="children",
            label="Clusters of the level below",
            layout="row",
            chosen=now.opener(level - 1),
        )


def _bare(now: Explored, peak: int, level: int) -> ClusterCard:
    """A cluster without its strip, for small cards."""
    gallery = now.gallery_at(level)
    return gallery.card(gallery.place_of(peak), strip=0)


def largest_cards(gallery: Gallery, peaks: np.ndarray, at_most: int) -> list[ClusterCard]:
    """The largest of these clusters, largest first, without strips. Only these become cards: there can be 10^5."""
    places = gallery.position[np.searchsorted(gallery.ascending, peaks)]  # places go by size
    return [gallery.card(int(place), strip=0) for place in np.sort(places)[:at_most]]


@st.fragment
def _members(now: Explored, peak: int, rows: np.ndarray) -> None:
    """Members page by page, without drawing the rest of the page again."""
    with guarded():
        total = n_pages(len(rows), MEMBERS)
        key = f"members-page-{now.key}-{peak}"
        first, last = page_bounds(len(rows), st.session_state.get(key, 1), MEMBERS)
        cards = image_cards(now.dataset, rows[first:last], peak=peak)
        image_grid(
            cards,
            key="members",
            label="Members",
            layout="tiles",
            chosen=whole_page(ask_for_image),
        )
        if total > 1:
            st.pagination(total, key=key, max_visible_pages=5, width=360)
        rerun_if_asked()
