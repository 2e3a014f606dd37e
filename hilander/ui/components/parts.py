"""What the components share: reading their source, and handing a reported value to a callback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


def source(name: str) -> str:
    """Text of a file beside this one. Streamlit takes a string with line breaks as inline source."""
    return (HERE / name).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """Several scripts as one, the one that exports the component last: inline source cannot import."""
    return "\n".join(map(source, names))


def hand_over(key: str, chosen: Callable[[Any], None], name: str = "chosen") -> Callable[[], None]:
    """A callback that gives what the component `key` reported as `name` to `chosen`, before the page runs again."""

    def handle() -> None:
        value = getattr(st.session_state.get(key), name, None)
        if value is not None:
            chosen(value)

    return handle
