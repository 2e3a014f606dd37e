"""A press on what is not there any more, or not for this person: told in words, and the page as it is now.

Streamlit does what a press asks for before it draws the page, outside of what guards the drawing; there a run that was
deleted since, or a share that was taken back, would end in a traceback.
"""

from __future__ import annotations

from functools import wraps

import streamlit as st
from streamlit.runtime.state.session_state import WStates

from hilander.errors import InputError
from hilander.ui.words import escaped


def guard_presses() -> None:
    """Teach all widgets to tell of a mistake where they are pressed. Calling it again does nothing."""
    call = WStates.call_callback
    if hasattr(call, "__wrapped__"):
        return

    @wraps(call)
    def guarded(self: WStates, widget_id: str) -> None:
        try:
            call(self, widget_id)
        except InputError as mistake:
            st.toast(escaped(str(mistake)), icon=":material/error:")

    WStates.call_callback = guarded  # type: ignore[method-assign]
