"""The changes of a mixed cut, each with its picture and a button that takes it out; and the keys of undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st

from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_change_list",
    html='<div class="changes"><p hidden></p><ol></ol></div>\n',
    css=source("changes.css"),
    js=script("make.js", "changes.js"),
)

Act = Literal["undo", "redo", "open", "remove"]


@dataclass(frozen=True)
class ChangeLine:
    """One change: its place in the cut, a picture as data URL, two texts, and what to say on hover.

    `faint` : later changes left nothing of it.
    """

    place: int
    image: str
    title: str
    note: str
    hover: str
    faint: bool = False


def change_list(
    lines: Sequence[ChangeLine],
    *,
    state: str,
    more: str = "",
    key: str,
    acted: Callable[[Act, int], None],
) -> None:
    """Draw the changes; a press calls `acted` with what was pressed and the place of its change.

    `state` tells the cut that is shown from any other: a press made on an older one is not taken, and keys pressed
    faster than the page draws wait for it. `more` says which changes are not shown.
    """

    def heard(press: dict[str, Any]) -> None:
        if press.get("state") == state:
            acted(press["act"], int(press["place"]))

    data = {"lines": [asdict(line) for line in lines], "state": state, "more": more}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, heard))
