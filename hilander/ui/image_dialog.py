"""One image, looked at: large, with its id and label, its peak at each level, and why it is in its cluster."""

from __future__ import annotations

import streamlit as st

from hilander.ui import kept, url
from hilander.ui.cards import label_of
from hilander.ui.components import Card, image_grid, pair_list
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.pairs import link_pairs
from hilander.ui.similar import similar_strip
from hilander.ui.whole_page import ask_for_whole_page, rerun_if_asked, whole_page
from hilander.ui.words import count, escaped, share
from hilander.views.gallery import n_pages, page_bounds
from hilander.views.lineage import Stay, stays
from hilander.views.why import Links, way_to_peak

_KEY = "image-asked"
STEPS = 12


def ask_for_image(row: int) -> None:
    """Callback: show this image when the page runs next."""
    url.hold()
    st.session_state[_KEY] = row


def image_dialog(now: Explored) -> None:
    """Open the dialog if an image was asked for; a run that ends before it is drawn leaves it to the next."""
    row = st.session_state.get(_KEY)
    if row is not None and 0 <= row < now.hierarchy.n:
        _dialog(now, row)
    st.session_state.pop(_KEY, None)


@st.dialog("Image", width="medium")
def _dialog(now: Explored, row: int) -> None:
    with guarded():
        dataset = now.dataset
        picture, words = st.columns([1, 4], vertical_alignment="center")
        with picture:
            card = Card(id=row, image=dataset.thumbs.data_url(row, "large"), title="", hover=now.id_of(row))
            image_grid([card], key="image-large", label="The image", layout="single")
        with words:
            st.markdown(f"**{escaped(now.id_of(row))}**")
            label = label_of(dataset, row)
            st.caption(f"Row {row:,}" + (f" · label {escaped(label)}" if label else ""))
            _own_cluster(now, row)
        _why_here(now, row)
        st.markdown(
            "**Its peak at each level**",
            help="The image that stands for its cluster; levels that change nothing for it are drawn as one.",
        )
        _lineage(now, row)
        similar_strip(now, row)
        rerun_if_asked()


def _own_cluster(now: Explored, row: int) -> None:
    """A way to the image's cluster, where it is not the open one."""
    peak = now.gallery.peak_of(row)
    if peak != now.cluster:
        size = len(now.gallery.rows(now.gallery.place_of(peak)))
        st.button(
            f"Open its cluster of {count(size, 'image')}",
            key="image-cluster",
            on_click=whole_page(now.open_cluster),
            args=(peak,),
        )


def _why_here(now: Explored, row: int) -> None:
    """The image's way along the links to its peak, step by step."""
    peak = now.gallery.peak_of(row)
    st.markdown("**Why is it in this cluster?**")
    if row == peak:
        st.caption("It is the peak: the others are linked to it, directly or by way of others.")
        return
    links = kept.links(now, peak)
    way = way_to_peak(now.hierarchy, links, row, peak)
    st.caption(way_words(way))
    key = f"way-page-{now.key}-{row}"
    first, last = page_bounds(len(way), st.session_state.get(key, 1), STEPS)
    shown = way.part(first, last)

    def chosen(place: int, side: int) -> None:
        ask_for_image(int((shown.into if side else shown.child)[place]))
        ask_for_whole_page()

    pair_list(
        link_pairs(now, shown, len(links) + 1),
        key="image-way",
        label="Links from this image to the peak",
        layout="chain",
        chosen=chosen,
    )
    if len(way) > STEPS:
        st.pagination(n_pages(len(way), STEPS), key=key, max_visible_pages=5, width=360)


def way_words(way: Links) -> str:
    """One sentence about a way to the peak of at least one link."""
    if len(way) == 1:
        return f"Linked to the peak itself, with a link probability of {share(float(way.prob[0]))}."
    at = int(way.prob.argmin())
    return f"{len(way)} links lead to the peak; the weakest, {share(float(way.prob[at]))}, is number {at + 1} of them."


def _lineage(now: Explored, row: int) -> None:
    found = stays(now.hierarchy, row)
    go = whole_page(lambda at: now.open_cluster(found[at].peak, _level_in(now, found[at])))
    image_grid(
        [_stay_card(now, at, it) for at, it in enumerate(found)],
        key="image-lineage",
        label="Lineage of the image",
        layout="row",
        chosen=go,
    )


def _stay_card(now: Explored, at: int, stay: Stay) -> Card:
    levels = f"Level {stay.first}" if stay.first == stay.last else f"Levels {stay.first}–{stay.last}"
    natural = stay.first <= now.hierarchy.natural_level <= stay.last
    return Card(
        id=at,
        image=now.dataset.thumbs.data_url(stay.peak, "large"),
        title=levels,
        note=count(stay.size, "image"),
        tag="natural" if natural else "",
        hover=f"Open this cluster at level {_level_in(now, stay)}. Peak: {now.id_of(stay.peak)}",
        chosen=now.cut.kind == "level" and stay.first <= now.level <= stay.last,
    )


def _level_in(now: Explored, stay: Stay) -> int:
    """The level at which a card opens: the present one where that is among its own."""
    return min(max(now.level, stay.first), stay.last)
