"""A grid of image cards that can be chosen with the mouse or the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_image_grid",
    html='<div class="grid"></div>\n',
    css=source("grid.css"),
    js=script("make.js", "grid.js"),
)

# cards: large, with a strip; tiles: images in a grid, small: smaller ones; twelve: the same, twelve a line;
# row: one line that scrolls; thumbs: bare small images; single: one bare large image
Layout = Literal["cards", "tiles", "tiles small", "twelve", "row", "thumbs", "single"]

Tone = Literal["", "good", "bad"]  # of a tag: the usual, green, red


@dataclass(frozen=True)
class Fact:
    """A figure on a card: its text, what it means (on hover), and, for a figure in [0, 1], how long its bar is."""

    text: str
    meaning: str
    part: float | None = None


@dataclass(frozen=True)
class Card:
    """One card: pictures are data URLs, so a page of cards is one message and no request.

    Attributes
    ----------
    id : int, what a click reports
    image : data URL of the main picture
    title, note, tag : texts, shown as they are (tag: a small mark such as "peak"); tone : of the tag
    hover : text on hover, the title by default
    strip : data URLs of a few members; more : how many are not in the strip
    chosen : drawn with a frame
    facts : figures, each with its meaning
    """

    id: int
    image: str
    title: str
    note: str = ""
    tag: str = ""
    tone: Tone = ""
    hover: str | None = None
    strip: tuple[str, ...] = ()
    more: int = 0
    chosen: bool = False
    facts: tuple[Fact, ...] = ()


def image_grid(
    cards: Sequence[Card],
    *,
    key: str,
    label: str,
    layout: Layout = "cards",
    chosen: Callable[[int], None] | None = None,
    empty: str = "Nothing to show here.",
) -> None:
    """Draw the cards; a click calls `chosen` with the card's id before the page runs again."""
    data = {
        "cards": [asdict(card) for card in cards],
        "layout": layout,
        "label": label,
        "clickable": chosen is not None,
        "empty": empty,
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen) if chosen else lambda: None)
