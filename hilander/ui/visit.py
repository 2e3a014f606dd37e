"""The visit of whoever looks at the page: made anew for every drawing of it, so that what was taken back is gone.

    datasets.open_dataset(visit(), dataset_id)      as the person at the page, checked
    may(Action.ANNOTATE, run(run_id))               whether to offer it; the door checks all the same
    st.download_button(..., at_press(call))         what is made when it is pressed, outside of any drawing

Knows nothing about who that is (person.py) or what they may do (services.access).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from streamlit.runtime.scriptrunner import get_script_run_ctx

from hilander.services.access import Action, Subject
from hilander.services.door.visit import Visit
from hilander.ui import person

Result = TypeVar("Result")
_last = threading.local()
_pressed: ContextVar[Visit | None] = ContextVar("pressed", default=None)


def visit() -> Visit:
    """The one of this drawing of the page, or of this part of it: Streamlit gives each its own `cursors`."""
    if (pressed := _pressed.get()) is not None:
        return pressed
    drawing = get_script_run_ctx(suppress_warning=True)
    if drawing is None:
        return Visit(person.current())
    if getattr(_last, "drawing", None) is not drawing.cursors:
        _last.visit, _last.drawing = Visit(person.current()), drawing.cursors
    found: Visit = _last.visit
    return found


def may(action: Action, subject: Subject) -> bool:
    return visit().may(action, subject)


def at_press(call: Callable[[], Result]) -> Callable[[], Result]:
    """Call it later as the person who is at the page now, asking then whether they still may."""
    who = person.current()

    def pressed() -> Result:
        before = _pressed.set(Visit(who))
        try:
            return call()
        finally:
            _pressed.reset(before)

    return pressed
