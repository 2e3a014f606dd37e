"""The query string: where a page keeps what it shows, so that a copied link opens the same view.

Widgets are set from here and write here; only the data set is carried from page to page besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

from hilander.errors import InputError

Row = TypeVar("Row")


def text(name: str) -> str | None:
    """A parameter of the URL, None when it is absent or empty."""
    return st.query_params.get(name) or None


def whole(name: str, *, what: str) -> int | None:
    """A parameter as a whole number, None when it is absent."""
    value = text(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 15:
        raise InputError(
            f"The link's {name} should be {what}; got {value[:40]!r}. Choose it on the page instead."
        )
    return int(value)


def known(name: str, rows: Mapping[str, Row], what: str) -> Row:
    """The one of `rows` that a parameter names, the first when it is absent."""
    value = text(name)
    if value is None:
        return next(iter(rows.values()))
    if value not in rows:
        raise InputError(f"There is no {what} {value[:40]!r} (deleted?). Choose one from the list.")
    return rows[value]


def carried(name: str) -> str | None:
    """A parameter of the URL; when it is absent, what this visitor's pages last had there."""
    return text(name) or st.session_state.get(f"last-{name}")


def carry(name: str, value: str) -> None:
    st.session_state[f"last-{name}"] = value


def put(**values: str | int | None) -> None:
    """Set parameters; None takes one away. What is already so is left alone."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def bind(key: str, value: object, write: Callable[..., None]) -> Callable[[], None]:
    """Tie the widget `key` to the URL: it shows `value`; its on_change gives the new value to `write`."""
    st.session_state[key] = value

    def changed() -> None:
        write(st.session_state[key])

    return changed
