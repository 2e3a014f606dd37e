"""A switch between a few ways of showing something, kept in the URL; the first is where nothing is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import streamlit as st

from hilander.ui import url

Name = TypeVar("Name", bound=str)


def switch(
    parameter: str,
    choices: Mapping[Name, str],
    *,
    label: str,
    resets: Iterable[str] = (),
    key: str | None = None,
    labelled: bool = False,
    hint: str | None = None,
) -> Name:
    """Draw it (choices: name in the URL and its words); the name chosen.

    A press goes back to the first sheet, and takes the parameters `resets` away. A name that is none of the choices
    counts as the first. Of one choice there is nothing to draw. `labelled` : the label is shown, and `hint` beside it.
    """
    first, asked = next(iter(choices)), url.text(parameter)
    now, key = next((name for name in choices if name == asked), first), key or f"switch-{parameter}"

    def go(to: str) -> None:
        url.put(**dict.fromkeys((*resets, "sheet")), **{parameter: None if to == first else to})

    if len(choices) > 1:
        st.segmented_control(
            label,
            list(choices),
            format_func=lambda name: choices[name],
            required=True,
            key=key,
            on_change=url.bind(key, now, go),
            help=hint,
            label_visibility="visible" if labelled else "collapsed",
        )
    return now
