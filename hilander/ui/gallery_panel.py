"""One level: its clusters as pages of cards, or the map of their peaks."""

from __future__ import annotations

import streamlit as st

from hilander.ui import url
from hilander.ui.cards import STRIP, cluster_card
from hilander.ui.components import image_grid
from hilander.ui.explored import GALLERY, MAP, Explored
from hilander.ui.projection_panel import projection_panel
from hilander.ui.words import count
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 30  # fills rows of 2, 3, 5 and 6
PAGES_WIDTH = 440  # px; left to itself the widget folds even four pages
VIEWS = {GALLERY: "Gallery", MAP: "Map of peaks"}


def level_view(now: Explored) -> None:
    title, switch = st.columns([2, 1], vertical_alignment="bottom")
    clusters = now.gallery.n_clusters
    order = ", largest first" if now.view == GALLERY else ", each at its peak"
    title.subheader(count(clusters, "cluster") + (order if clusters > 1 else ""), anchor=False)
    with switch.container(horizontal=True, horizontal_alignment="right"):
        changed = url.bind("view", now.view, lambda view: url.put(view=None if view == GALLERY else view))
        st.segmented_control(
            "Show",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            required=True,
            key="view",
            on_change=changed,
            label_visibility="collapsed",
        )
    if now.view == MAP:
        _peaks_map(now)
    else:
        _pages(now)


def _pages(now: Explored) -> None:
    gallery, total = now.gallery, n_pages(now.gallery.n_clusters, PER_PAGE)
    page = min(now.page, total)
    first, _ = page_bounds(gallery.n_clusters, page, PER_PAGE)
    cards = [
        cluster_card(now.dataset, it, number=number)
        for number, it in enumerate(gallery.page(page, per_page=PER_PAGE, strip=STRIP), first)
    ]
    image_grid(
        cards,
        key="gallery",
        label=f"Clusters at level {now.level}, page {page} of {total}",
        chosen=now.open_cluster,
    )
    if total > 1:
        key = f"page-{now.key}"
        changed = url.bind(key, page, lambda number: url.put(page=None if number == 1 else number))
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.pagination(total, key=key, on_change=changed, width=PAGES_WIDTH)


def _peaks_map(now: Explored) -> None:
    projection_panel(
        now,
        now.gallery.peaks,
        shows=f"peaks-{now.key}",
        what=f"peaks of level {now.level}",
        height=620,
        chosen=now.open_cluster,
    )
