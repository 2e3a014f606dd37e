"""The hint of the first visit: three steps that can be dismissed, and the "?" that brings them back.

Whether they were dismissed is kept by the browser (local storage): it is the same for every link, data set and
session, and nothing of it reaches Python.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hilander.ui.components.parts import source

_button = st.components.v2.component(
    "hilander_steps_button",
    html="""<button type="button" class="help"
title="How the explorer works" aria-label="How the explorer works">?</button>
""",
    css=source("first_steps.css"),
    js=source("first_steps.js"),
)
_bar = st.components.v2.component(
    "hilander_first_steps",
    html="""<section class="bar" aria-label="How the explorer works" hidden><ol></ol>
<button type="button" class="done">Got it</button></section>
""",
    css=source("first_steps.css"),
    js=source("first_steps.js"),
)


def steps_button(*, key: str) -> None:
    """The "?": shows the steps, or hides them again."""
    _button(key=key, data={})


def first_steps(steps: Sequence[tuple[str, str]], *, key: str) -> None:
    """The steps (title and text each); takes no room once they are dismissed."""
    _bar(key=key, data={"steps": [list(step) for step in steps]})
