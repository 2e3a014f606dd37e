"""Draw the whole page again from inside a fragment.

A click inside a fragment runs that fragment alone. Where it changes what the rest of the page shows, wrap the
callback in `whole_page` and call `rerun_if_asked` in the fragment.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hilander.ui import url

_ASKED = "whole-page-asked"


def whole_page(callback: Callable[[int], None]) -> Callable[[int], None]:
    def wrapped(value: int) -> None:
        callback(value)
        ask_for_whole_page()

    return wrapped


def ask_for_whole_page() -> None:
    """Callback: draw the whole page when the fragment has run."""
    st.session_state[_ASKED] = True


def rerun_if_asked() -> None:
    if st.session_state.pop(_ASKED, False):
        url.again()
