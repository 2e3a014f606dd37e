"""The clusters of a cut as pages of cards."""

from __future__ import annotations

import streamlit as st

from hilander.ui import url
from hilander.ui.cards import STRIP, cluster_card
from hilander.ui.components import image_grid
from hilander.ui.explored import Explored
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 30  # fills rows of 2, 3, 5 and 6
PAGES_WIDTH = 440  # px; left to itself the widget folds even four pages


def pages(now: Explored) -> None:
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
