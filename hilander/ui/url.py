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
    """Set parameters; None takes one away. For callbacks.

    A press carries the URL that the browser had then. Where presses come fast that is an older one, which may by
    chance say what is wanted already, while the browser has since been told another: then it is told again.
    """
    told = _told()
    stale = any(told.get(name, value) != value for name, value in _texts(values))
    if not complete(**values) and stale:
        st.query_params.from_dict(st.query_params.to_dict())


def complete(**values: str | int | None) -> bool:
    """Set parameters to what a page shows; what is already so is left alone. Whether anything was set."""
    told, changed = _told(), False
    for name, value in _texts(values):
        told[name] = value
        if st.query_params.get(name) == value:
            continue
        changed = True
        if value is None:
            del st.query_params[name]
        else:
            st.query_params[name] = value
    return changed


def _told() -> dict[str, str | None]:
    """What this visitor's browser was told last, of every parameter that was set."""
    found: dict[str, str | None] = st.session_state.setdefault("url-told", {})
    return found


def _texts(values: Mapping[str, str | int | None]) -> list[tuple[str, str | None]]:
    return [(name, None if value is None else str(value)) for name, value in values.items()]


def bind(key: str, value: object, write: Callable[..., None]) -> Callable[[], None]:
    """Tie the widget `key` to the URL: it shows `value`; its on_change gives the new value to `write`."""
    st.session_state[key] = value

    def changed() -> None:
        write(st.session_state[key])

    return changed
