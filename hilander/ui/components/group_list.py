"""Groups under one another, each a heading and a line of cards that can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from hilander.ui.components.image_grid import Card
from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_group_list",
    html='<div class="groups"></div>\n',
    css=source("groups.css"),
    js=script("make.js", "groups.js"),
)


@dataclass(frozen=True)
class Group:
    """A heading (title, and note beside it with its explanation on hover), cards, and what is not shown of them."""

    title: str
    note: str
    note_help: str
    cards: tuple[Card, ...]
    more: str = ""


def group_list(groups: Sequence[Group], *, key: str, label: str, chosen: Callable[[int], None]) -> None:
    """Draw the groups; a click calls `chosen` with the id of the card."""
    data = {"groups": [asdict(group) for group in groups], "label": label}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))
