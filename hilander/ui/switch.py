"""A switch between a few ways of showing something, kept in the URL; the first is where nothing is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from hilander.ui import url


def switch(parameter: str, choices: Mapping[str, str], *, label: str, resets: Iterable[str] = ()) -> str:
    """Draw it (choices: name in the URL and its words); the name chosen.

    A press goes back to the first sheet, and takes the parameters `resets` away. A name that is none of the choices
    counts as the first.
    """
    first, now = next(iter(choices)), url.text(parameter) or ""
    now = now if now in choices else first

    def go(to: str) -> None:
        url.put(**dict.fromkeys((*resets, "sheet")), **{parameter: None if to == first else to})

    st.segmented_control(
        label,
        list(choices),
        format_func=lambda name: choices[name],
        required=True,
        key=f"switch-{parameter}",
        on_change=url.bind(f"switch-{parameter}", now, go),
        label_visibility="collapsed",
    )
    return now
