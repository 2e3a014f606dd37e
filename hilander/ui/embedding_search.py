"""Find images by an embedding that somebody brings: a .npy file, or numbers to paste."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from hilander.errors import InputError
from hilander.services.search import MOST_BYTES, MOST_VECTORS, vectors_of_file, vectors_of_text
from hilander.services.store import DatasetRow
from hilander.ui import arranged
from hilander.ui.cards import held_card
from hilander.ui.components import image_grid
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.whole_page import ask_for_whole_page, rerun_if_asked
from hilander.ui.words import count, escaped

NEAREST = 20
_KEPT, _WRONG, _OPEN = "embedding-sought", "embedding-wrong", "embedding"
_FILE, _TEXT = "embedding-file", "embedding-text"


@st.fragment
def embedding_form(now: Explored) -> None:
    """A popover with the two ways to bring a vector; a good one is kept for this visitor and data set."""
    with (
        guarded(),
        st.popover(
            "By embedding",
            icon=":material/scatter_plot:",
            key=_OPEN,
            on_change="rerun",  # so that it can be closed from here
            help="Find the images nearest to a vector of your own.",
        ),
        st.form("embedding-form", border=False),
    ):
        _fields(now)
        if mistake := st.session_state.pop(_WRONG, None):
            st.error(escaped(mistake), icon=":material/error:")
    rerun_if_asked()


def _fields(now: Explored) -> None:
    dim = now.dataset.row.dim
    st.caption(
        f"A vector of {dim} numbers from the network that embedded these images, or up to {MOST_VECTORS}."
    )
    st.file_uploader("File (.npy)", type=["npy"], key=_FILE, max_upload_size=MOST_BYTES >> 20)
    st.text_area(
        "or numbers",
        key=_TEXT,
        height=90,
        placeholder="0.12, -0.5, ...",
        help="Spaces, commas or line ends between them; brackets do no harm.",
    )
    st.form_submit_button(
        "Find nearest images", type="primary", width="stretch", on_click=partial(_read, now.dataset.row)
    )


def _read(dataset: DatasetRow) -> None:
    """Keep the vectors, or what is wrong with them."""
    file, text = st.session_state.get(_FILE), st.session_state.get(_TEXT) or ""
    try:
        if file is not None:
            vectors = vectors_of_file(file.getvalue(), dataset.dim)
        elif text.strip():
            vectors = vectors_of_text(text, dataset.dim)
        else:
            raise InputError(
                f"Expected a vector of {dataset.dim} numbers; got none. Choose a file or paste numbers."
            )
    except InputError as mistake:
        st.session_state[_WRONG] = str(mistake)
        return
    st.session_state[_KEPT] = (dataset.id, vectors)
    st.session_state[_OPEN] = False
    ask_for_whole_page()


def embedding_results(now: Explored) -> None:
    """The nearest images of each vector, if there are some of this data set."""
    dataset_id, vectors = st.session_state.get(_KEPT, (None, np.empty((0, 0))))
    if dataset_id != now.dataset.row.id:
        return
    found = arranged.nearest(now.dataset, vectors, NEAREST)
    with st.container(border=True, gap="small", key="embedding-results"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Nearest to {'the embedding' if len(found) == 1 else count(len(found), 'embedding')}**"
                f" · {count(min(NEAREST, now.dataset.n), 'image')} each, all {now.dataset.n:,} compared",
                width="stretch",
                help="Below each image its cosine similarity to the embedding, from -1 to 1 (the same).",
            )
            st.button(
                "",
                icon=":material/close:",
                key="embedding-close",
                help="Close",
                on_click=lambda: st.session_state.pop(_KEPT, None),
            )
        for number, near in enumerate(found, 1):
            if len(found) > 1:
                st.caption(f"Embedding {number} of {len(found)}")
            image_grid(
                [
                    held_card(now, row, cosine)
                    for row, cosine in zip(near.rows.tolist(), near.similarity.tolist(), strict=True)
                ],
                key=f"embedding-images-{number}",
                label=f"Images nearest to embedding {number}",
                layout="row",
                chosen=lambda row: now.open_cluster(now.gallery.peak_of(row)),
            )
