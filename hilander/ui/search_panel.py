"""The search box of the explorer: images by id, labels by name, and images by an embedding that somebody brings.

Every image found leads to the cluster of this cut that holds it.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from hilander.ui import arranged, url, wanted
from hilander.ui.cards import held_card
from hilander.ui.components import image_grid
from hilander.ui.embedding_search import embedding_form, embedding_results
from hilander.ui.explored import Explored
from hilander.ui.keys import keys, keys_button
from hilander.ui.words import count, quoted
from hilander.views.arrange import Wanted

BOX = "search"
MOST_TEXT = 200
SHOWN = 30
LABELS = 6


def search_panel(now: Explored) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        sought = (url.text("search") or "").strip()[:MOST_TEXT]
        changed = url.bind(BOX, sought, lambda text: url.put(search=text.strip() or None))
        st.text_input(
            "Search",
            key=BOX,
            on_change=changed,
            max_chars=MOST_TEXT,
            icon=":material/search:",
            placeholder="Search by id" + (" or label" if now.dataset.labels is not None else "") + "   ( / )",
            label_visibility="collapsed",
        )
        with st.container(width="content"):
            embedding_form(now)
        keys_button()
    if sought:
        _results(now, sought)
    embedding_results(now)
    keys(search=BOX)


def _results(now: Explored, sought: str) -> None:
    rows, codes = arranged.rows_with(now.dataset, sought), _used_labels(now, sought)
    with st.container(border=True, gap="small", key="search-results"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_told(now, sought, len(rows), len(codes)), width="stretch")
            if len(rows) or len(codes):
                st.button(
                    "Show their clusters",
                    key="search-filter",
                    icon=":material/filter_list:",
                    help="The gallery with only the clusters that hold what was found.",
                    on_click=partial(_filter, Wanted(text=sought)),
                )
            st.button(
                "", icon=":material/close:", key="search-close", help="Close the search", on_click=_close
            )
        _labels(now, codes)
        _images(now, rows)


def _told(now: Explored, sought: str, images: int, labels: int) -> str:
    """What was found, in a sentence."""
    if images or labels:
        found = [count(images, "image")] if images else []
        return f"{quoted(sought)} · {' · '.join(found + ([count(labels, 'label')] if labels else []))}"
    return f"No id{' and no label' if now.dataset.labels is not None else ''} has {quoted(sought)} in it."


def _used_labels(now: Explored, sought: str) -> np.ndarray:
    """Codes of the labels found that some image has."""
    if now.dataset.labels is None:
        return np.empty(0, np.int64)
    codes = arranged.labels_with(now.dataset, sought)
    used = np.zeros(len(now.dataset.labels.class_names) + 1, bool)  # the last for -1, unknown
    used[now.dataset.labels.codes] = True
    found: np.ndarray = codes[used[codes]]
    return found


def _labels(now: Explored, codes: np.ndarray) -> None:
    """A button a label: to its cluster, or to the gallery of its clusters."""
    if not len(codes) or now.dataset.labels is None:
        return
    with st.container(horizontal=True, gap="small"):
        for code in codes[:LABELS].tolist():
            name = str(now.dataset.labels.class_names[code])
            rows = arranged.rows_of_labels(now.dataset, np.array([code]))
            places = now.gallery.holding(rows)
            go = (
                partial(now.open_cluster, int(now.gallery.peaks[places[0]]))
                if len(places) == 1
                else partial(_filter, Wanted(label=name))
            )
            st.button(
                f"Label {quoted(name)}: {count(len(rows), 'image')} in {count(len(places), 'cluster')}",
                key=f"search-label-{code}",
                icon=":material/label:",
                on_click=go,
                help="Open the cluster." if len(places) == 1 else "Show these clusters in the gallery.",
            )
        if len(codes) > LABELS:
            st.caption(f"and {count(len(codes) - LABELS, 'more label', 'more labels')}", width="content")


def _images(now: Explored, rows: np.ndarray) -> None:
    if not len(rows):
        return
    image_grid(
        [held_card(now, row) for row in rows[:SHOWN].tolist()],
        key="search-images",
        label="Images found",
        layout="row",
        chosen=lambda row: now.open_cluster(now.gallery.peak_of(row)),
    )
    if len(rows) > SHOWN:
        st.caption(
            f"The best {SHOWN} of {len(rows):,} images. Type more of the id, or show their clusters for all."
        )


def _filter(only: Wanted) -> None:
    wanted.want(only)
    url.put(view=None, cluster=None)


def _close() -> None:
    url.put(search=None)
