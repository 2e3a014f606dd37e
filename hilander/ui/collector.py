"""Keeps the garbage collector's work after every page run small.

Streamlit collects in full when a page has run, and the messages of that run are sent only afterwards: with all the
packages that pages import, the page waits for longer than it took to run. What is there after a page's first run
stays there anyway, so it is set aside, and later collections walk what came since.
"""

from __future__ import annotations

import gc
import threading

_seen: set[str] = set()
_lock = threading.Lock()


def set_aside(page: str) -> None:
    """Set aside what is there, when this page has run for the first time in this process."""
    with _lock:
        if page in _seen:
            return
        _seen.add(page)
        gc.collect()
        gc.freeze()
