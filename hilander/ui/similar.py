"""The images most similar to one, each with the way to its cluster."""

from __future__ import annotations

import streamlit as st

from hilander.ui import arranged
from hilander.ui.cards import held_card
from hilander.ui.components import image_grid
from hilander.ui.explored import Explored
from hilander.ui.whole_page import whole_page

MOST = 20


def similar_strip(now: Explored, row: int) -> None:
    """For the dialog of an image (a fragment: it calls `rerun_if_asked`)."""
    if now.hierarchy.n == 1:
        return
    near = arranged.near(now, row, MOST)
    st.markdown(
        "**Most similar images**",
        help="Below each its cosine similarity to this image, from -1 to 1 (the same). A click opens its cluster.",
    )
    image_grid(
        [
            held_card(now, other, cosine)
            for other, cosine in zip(near.rows.tolist(), near.similarity.tolist(), strict=True)
        ],
        key="image-similar",
        label="Most similar images",
        layout="row",
        chosen=whole_page(lambda other: now.open_cluster(now.gallery.peak_of(other))),
    )
