"""A slider for the least link probability: the number of clusters is told while it moves, without asking Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from hilander.ui.components.parts import hand_over, source

STEPS = 200
_mount = st.components.v2.component(
    "hilander_link_slider",
    html="""<div class="links">
<div class="told"><output></output><span></span></div>
<svg viewBox="0 0 200 30" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="mark"/></svg>
<input type="range" min="0" step="1" aria-label="Least link probability">
<div class="ends"><span>0 keeps all links</span><span>1 drops nearly all</span></div>
</div>
""",
    css=source("links.css"),
    js=source("links.js"),
)


def link_slider(
    min_link: float, clusters: int, curve: Sequence[int], *, key: str, chosen: Callable[[float], None]
) -> None:
    """Draw the slider at `min_link`; when it is let go, `chosen` gets a multiple of 1 / STEPS.

    curve : clusters at 0, 1 / STEPS, ..., 1
    """
    data = {"value": min_link, "clusters": clusters, "curve": list(curve)}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, lambda step: chosen(int(step) / STEPS)))
