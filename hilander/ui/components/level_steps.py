"""Finer and Coarser: two buttons and the arrow keys, which may be pressed faster than the page draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from hilander.ui.components.parts import hand_over, source

_mount = st.components.v2.component(
    "hilander_level_steps",
    html="""<div class="steps" role="group" aria-label="Step the level">
<button type="button" title="More, smaller clusters">Finer<kbd>←</kbd></button>
<button type="button" title="Fewer, larger clusters">Coarser<kbd>→</kbd></button>
</div>
""",
    css=source("steps.css"),
    js=source("steps.js"),
)


def level_steps(level: int, last: int, *, run: str, key: str, chosen: Callable[[int], None]) -> None:
    """Draw the buttons; a press calls `chosen` with the level that all presses so far lead to.

    Streamlit drops all but the newest of presses that come while a page is drawn, so the browser adds them up.
    Every press has a token; sending the newest back tells the browser that its level has been heard.
    """
    heard = f"{key}-heard"

    def pressed(press: Mapping[str, Any]) -> None:
        st.session_state[heard] = str(press["token"])
        chosen(int(press["level"]))

    data = {"level": level, "last": last, "run": run, "token": st.session_state.get(heard)}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, pressed))
