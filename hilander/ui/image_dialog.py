"""One image, looked at: large, with its id, its label, and the peak that stands for it at each level."""

from __future__ import annotations

import streamlit as st

from hilander.ui.cards import label_of
from hilander.ui.components import Card, image_grid
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.similar import similar_strip
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count, escaped

_KEY = "image-asked"


def ask_for_image(row: int) -> None:
    """Callback: show this image when the page runs next."""
    st.session_state[_KEY] = row


def image_dialog(now: Explored) -> None:
    """Open the dialog if an image was asked for."""
    row = st.session_state.pop(_KEY, None)
    if row is not None and 0 <= row < now.hierarchy.n:
        _dialog(now, row)


@st.dialog("Image", width="medium")
def _dialog(now: Explored, row: int) -> None:
    with guarded():
        dataset = now.dataset
        picture, words = st.columns([1, 2], vertical_alignment="center")
        with picture:
            card = Card(id=row, image=dataset.thumbs.data_url(row, "large"), title="", hover=now.id_of(row))
            image_grid([card], key="image-large", label="The image", layout="single")
        with words:
            st.markdown(f"**{escaped(now.id_of(row))}**")
            label = label_of(dataset, row)
            st.caption(f"Row {row:,}" + (f" · label {escaped(label)}" if label else ""))
        st.markdown("**Its peak at each level**")
        _lineage(now, row)
        similar_strip(now, row)
        rerun_if_asked()


def _lineage(now: Explored, row: int) -> None:
    peaks = now.hierarchy.lineage(row)
    cards = []
    for level, peak in enumerate(peaks.tolist()):
        gallery = now.gallery_at(level)
        size = int(gallery.sizes[gallery.place_of(peak)])
        cards.append(
            Card(
                id=level,
                image=now.dataset.thumbs.data_url(peak, "large"),
                title=f"Level {level}",
                note=count(size, "image"),
                hover=f"Open this cluster at level {level}. Peak: {now.id_of(peak)}",
                chosen=level == now.level,
            )
        )
    go = whole_page(lambda level: now.open_cluster(int(peaks[level]), level))
    image_grid(cards, key="image-lineage", label="Lineage of the image", layout="row", chosen=go)
