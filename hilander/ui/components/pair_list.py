"""Pairs of images with what connects them between the two: links, neighbours, joins; or a chain of such pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st

from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_pair_list",
    html='<div class="pairs"></div>\n',
    css=source("pairs.css"),
    js=script("make.js", "pairs.js"),
)

# list: as many beside each other as fit; chain: each pair's right image is the next one's left, drawn once
Layout = Literal["list", "chain"]


@dataclass(frozen=True)
class End:
    """One side of a pair.

    Attributes
    ----------
    image : data URL;  title, note : texts, shown as they are;  hover : text on hover
    strip : data URLs of a few more images
    action : word for what a click does, shown under the texts; empty: only an image that can be clicked
    clickable : whether a click is reported
    """

    image: str
    title: str
    note: str = ""
    hover: str = ""
    strip: tuple[str, ...] = ()
    action: str = ""
    clickable: bool = True


@dataclass(frozen=True)
class Figure:
    """A number with its name, and its one-line explanation on hover."""

    text: str
    help: str


@dataclass(frozen=True)
class Pair:
    """Two sides and the figures between them.

    Attributes
    ----------
    head : the figure that counts most, drawn large
    share : in [0, 1], the length of the bar under it;  rest : more figures, a line each
    """

    left: End
    right: End
    head: Figure
    share: float
    rest: tuple[Figure, ...] = ()


def pair_list(
    pairs: Sequence[Pair],
    *,
    key: str,
    label: str,
    chosen: Callable[[int, int], None],
    layout: Layout = "list",
    empty: str = "Nothing to show here.",
) -> None:
    """Draw the pairs; a click on a side calls `chosen` with the place of the pair and 0 (left) or 1 (right)."""

    def pressed(press: Mapping[str, Any]) -> None:
        chosen(int(press["place"]), int(press["side"]))

    data = {"pairs": [asdict(pair) for pair in pairs], "layout": layout, "label": label, "empty": empty}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, pressed))
