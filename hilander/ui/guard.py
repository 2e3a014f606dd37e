"""What a page shows when something goes wrong: words, never a traceback.

Mistakes of the user's (InputError) are shown as they are. Anything else is our fault: it goes to the log in
full, and the page says what can be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from hilander.errors import InputError
from hilander.services import full_disk
from hilander.services.workspace import default_workspace
from hilander.ui.words import escaped

_log = logging.getLogger(__name__)
OURS = (
    "Something went wrong on our side; nothing of yours was changed. "
    "Reload the page; if it comes again, the server's log says where."
)


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error raised inside in place of what was being drawn."""
    try:
        yield
    except InputError as mistake:
        st.error(escaped(str(mistake)), icon=":material/error:")
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever it is, no traceback on a page
        _log.exception("page failed")
        st.error(
            escaped(full_disk.full(default_workspace().root)) if full_disk.is_full(error) else OURS,
            icon=":material/error:",
        )


def pressed(act: Callable[..., object]) -> Callable[..., None]:
    """Callback that does `act`, guarded: where a callback raises, Streamlit draws no page at all."""

    def callback(*args: object) -> None:
        with guarded():
            act(*args)

    return callback
