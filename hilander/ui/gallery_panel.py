"""The clusters of a cut as pages of cards, in the order asked for, filtered.

A page that is turned is drawn by itself, with the link to it: all around it stays as it is.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.ui import arranged, opened, wanted
from hilander.ui.annotated import annotated
from hilander.ui.cards import STRIP, cluster_card, cluster_facts
from hilander.ui.components import image_grid, page_keys
from hilander.ui.explored import Explored, page_number
from hilander.ui.gallery_bar import FILTERS, SORTED, gallery_bar
from hilander.ui.guard import guarded
from hilander.ui.sheets import LINK, page_steps, turn
from hilander.ui.wanted import Asked
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count, escaped
from hilander.views.arrange import Arranged
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 30  # fills rows of 2, 3, 5 and 6
PAGE = "gallery-page"


def title(now: Explored) -> str:
    """ "312 of 4,100 clusters, least sure first"."""
    asked = wanted.asked(now.hierarchy)
    found, total = len(arranged.arranged(now, asked.order, asked.wanted).places), now.gallery.n_clusters
    counted = count(total, "cluster") if asked.wanted.is_all else f"{found:,} of {count(total, 'cluster')}"
    return f"{counted}, {SORTED[asked.order][1]}" if found > 1 else counted


def pages(now: Explored) -> None:
    asked = wanted.asked(now.hierarchy)
    for mistake in asked.wrong:
        st.warning(escaped(mistake), icon=":material/link_off:")
    gallery_bar(now, asked)
    found = arranged.arranged(now, asked.order, asked.wanted)
    if not len(found.places):
        _nothing(now, asked, found)
        return
    _page(now)


@st.fragment(key=PAGE)
def _page(now: Explored) -> None:
    """The page that the URL names."""
    rerun_if_asked()
    with guarded():
        opened.run(now.run_row.id)  # it may have been deleted since
        asked = wanted.asked(now.hierarchy)
        found = arranged.arranged(now, asked.order, asked.wanted)
        total = n_pages(len(found.places), PER_PAGE)
        page = min(page_number(), total)
        _cards(now, found, page, total)
        if total > 1:
            _pager(now, asked, page, total)


def _turn(page: int) -> None:
    turn(page)
    st.rerun([PAGE, LINK])


def _cards(now: Explored, found: Arranged, page: int, total: int) -> None:
    figures, known = arranged.figures(now), annotated(now.run_row.id)
    first, last = page_bounds(len(found.places), page, PER_PAGE)
    cards = [
        cluster_card(
            now.dataset,
            now.gallery.card(place, strip=STRIP),
            number=place,
            facts=cluster_facts(now.dataset, figures, place),
            said=known.of_place(now.gallery, place),
        )
        for place in found.places[first:last].tolist()
    ]
    image_grid(
        cards,
        key="gallery",
        label=f"Clusters at level {now.level}, page {page} of {total}",
        chosen=whole_page(now.open_cluster),
    )


def _pager(now: Explored, asked: Asked, page: int, total: int) -> None:
    """Numbers to press, and the keys n and p."""
    of = f"{now.key}-{hash((asked.order, asked.wanted)):x}"
    page_steps(total, page, key=f"page-{of}", turned=_turn)
    page_keys(page, total, of=of, key="page-keys", chosen=_turn)


def _nothing(now: Explored, asked: Asked, found: Arranged) -> None:
    """No cluster is like that: which filter to loosen, and what that would give."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**No cluster fits all of these filters.**", width="content")
        if not found.gains:
            st.caption("Leaving out one of them does not help: clear them all.", width="content")
        else:
            st.caption("Leave one out:", width="content")
        with st.container(horizontal=True, horizontal_alignment="center"):
            for name, clusters in found.gains:
                st.button(
                    f"{FILTERS[name]}: {count(clusters, 'cluster')} without it",
                    key=f"loosen-{name}",
                    on_click=partial(wanted.want, wanted.without(asked.wanted, name)),
                )
            st.button("Clear all filters", key="clear-nothing", type="primary", on_click=wanted.clear)
