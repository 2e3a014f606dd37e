"""The line above the gallery: its order, its filters, and one press that clears them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from hilander.ui import url, wanted
from hilander.ui.explored import Explored
from hilander.ui.wanted import Asked
from hilander.ui.words import quoted
from hilander.views.arrange import ORDERS, Only, Order, Wanted

SORTED: dict[Order, tuple[str, str]] = {
    "largest": ("Largest", "largest first"),
    "smallest": ("Smallest", "smallest first"),
    "least-sure": ("Least sure", "least sure first"),
    "most-sure": ("Most sure", "most sure first"),
    "most-mixed": ("Most mixed", "most mixed first"),
}
NAME = 24  # letters of a name on a chip
SORT_HELP = (
    "Sure: by the weakest link that holds a cluster together. Mixed: by purity, the part of its labelled images that "
    "have its commonest label. Clusters without the figure come last."
)
ONLY_LABELS: dict[Only, str] = {
    "changed": "Changed at this level",
    "mixed": "Mixes labels",
    "many": "No single images",
}
ONLY_HELP = (
    "Changed: joined at this very level from clusters of the one below. "
    "Mixes labels: holds images of different known labels. "
    "No single images: clusters of two images and more."
)
FILTERS: dict[str, str] = {
    "size": "Size",
    "sure": "Weakest link",
    "changed": ONLY_LABELS["changed"],
    "mixed": ONLY_LABELS["mixed"],
    "many": ONLY_LABELS["many"],
    "text": "Text",
    "label": "Label",
    "branch": "Branch",
}


def gallery_bar(now: Explored, asked: Asked) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery-bar"):
        _sort(now, asked.order)
        chips = list(_chips(now, asked.wanted))
        with st.popover(
            f"Filter · {len(chips)}" if chips else "Filter",
            icon=":material/filter_list:",
            key="gallery-filter",
            help="Show only some of the clusters.",
        ):
            _form(now, asked.wanted)
        for name, said in chips:
            st.button(
                said,
                key=f"drop-{name}",
                icon=":material/close:",
                icon_position="right",
                help="Leave this filter out.",
                on_click=partial(wanted.want, wanted.without(asked.wanted, name)),
            )
        if chips:
            st.button("Clear filters", key="clear-filters", type="tertiary", on_click=wanted.clear)


def _sort(now: Explored, order: Order) -> None:
    orders = [it for it in ORDERS if it != "most-mixed" or now.dataset.labels is not None or it == order]
    changed = url.bind("gallery-sort", order, wanted.sort_by)
    st.selectbox(
        "Sort",
        orders,
        format_func=lambda it: f"{SORTED[it][0]} first",
        key="gallery-sort",
        on_change=changed,
        label_visibility="collapsed",
        width=185,
        filter_mode=None,
    )


def _chips(now: Explored, asked: Wanted) -> Iterator[tuple[str, str]]:
    """Name and words of every filter that is set."""
    if asked.least > 1 or asked.most is not None:
        yield (
            "size",
            f"Size {asked.least:,} to {asked.most:,}" if asked.most else f"Size from {asked.least:,}",
        )
    if (asked.sure_from, asked.sure_to) != (0.0, 1.0):
        yield "sure", f"Weakest link {asked.sure_from:.2f} to {asked.sure_to:.2f}"
    yield from ((name, ONLY_LABELS[name]) for name in ONLY_LABELS if name in asked.only)
    if asked.text:
        yield "text", f"Text {quoted(asked.text, NAME)}"
    if asked.label:
        yield "label", f"Label {quoted(asked.label, NAME)}"
    if asked.branch:
        image, level = asked.branch
        yield "branch", f"Branch of {quoted(now.id_of(image), NAME)}, level {level}"


def _form(now: Explored, asked: Wanted) -> None:
    """The filters that can be set here; label and branch come from search and tree."""

    def write(field: str, value: Any) -> None:
        wanted.want(replace(asked, **{field: value}))

    changed = url.bind("filter-text", asked.text, lambda text: write("text", text.strip()))
    st.text_input(
        "Text in id or label",
        key="filter-text",
        on_change=changed,
        max_chars=wanted.MOST_TEXT,
        help="Clusters with an image whose id or known label has this in it, upper and lower case alike.",
    )
    with st.container(horizontal=True):
        _size(asked)
    changed = url.bind("filter-sure", (asked.sure_from, asked.sure_to), lambda it: _sure(asked, it))
    st.slider(
        "Weakest link",
        0.0,
        1.0,
        step=0.01,
        key="filter-sure",
        on_change=changed,
        help="Least probability among the links that hold a cluster together. Single images have no link.",
    )
    options = [
        it for it in ONLY_LABELS if it != "mixed" or now.dataset.labels is not None or it in asked.only
    ]
    changed = url.bind("filter-only", sorted(asked.only), lambda it: write("only", frozenset(it)))
    st.pills(
        "Only",
        options,
        selection_mode="multi",
        format_func=ONLY_LABELS.__getitem__,
        key="filter-only",
        on_change=changed,
        help=ONLY_HELP,
    )


def _size(asked: Wanted) -> None:
    """From and to, in images; a `to` below `from` moves the other end along."""

    def least(value: int | None) -> None:
        low = value or 1
        most = None if asked.most is None else max(asked.most, low)
        wanted.want(replace(asked, least=low, most=most))

    def most(value: int | None) -> None:
        low = asked.least if value is None else min(asked.least, value)
        wanted.want(replace(asked, least=low, most=value))

    for label, key, value, write in (
        ("Size from", "filter-least", asked.least if asked.least > 1 else None, least),
        ("to", "filter-most", asked.most, most),
    ):
        changed = url.bind(key, value, write)
        st.number_input(
            label,
            min_value=1,
            max_value=999_999_999,
            step=1,
            value=None,
            key=key,
            on_change=changed,
            placeholder="any",
            help="Images in the cluster.",
            width=150,
        )


def _sure(asked: Wanted, both: tuple[float, float]) -> None:
    low, high = both
    wanted.want(replace(asked, sure_from=round(low, 6), sure_to=round(high, 6)))
