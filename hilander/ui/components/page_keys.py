"""Keys without a button: n and p turn pages, / goes to the search box, ? asks for the list of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from hilander.ui.components.parts import hand_over, source

_pages = st.components.v2.component(
    "hilander_page_keys",
    html='<div class="keys" hidden></div>\n',
    js=source("pages.js"),
)
_shortcuts = st.components.v2.component(
    "hilander_shortcut_keys",
    html='<div class="keys" hidden></div>\n',
    js=source("shortcuts.js"),
)


def page_keys(page: int, total: int, *, of: str, key: str, chosen: Callable[[int], None]) -> None:
    """Listen for n and p; a press calls `chosen` with the page that all presses so far lead to.

    `of` tells these pages from any others. Presses are added up in the browser, as `level_steps` does, and for the
    same reason.
    """
    heard = f"{key}-heard"

    def pressed(press: Mapping[str, Any]) -> None:
        st.session_state[heard] = str(press["token"])
        chosen(int(press["page"]))

    data = {"page": page, "total": total, "of": of, "token": st.session_state.get(heard)}
    _pages(key=key, data=data, on_chosen_change=hand_over(key, pressed))


def shortcut_keys(*, search: str, key: str, asked: Callable[[str], None]) -> None:
    """Listen for / and ?: one goes to the text box with the key `search`, the other calls `asked`."""
    _shortcuts(key=key, data={"search": search}, on_chosen_change=hand_over(key, asked))
