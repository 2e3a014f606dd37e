"""The query string: where a page keeps what it shows, so that a copied link opens the same view.

Widgets are set from here and write here; only the data set is carried from page to page besides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import streamlit as st

from hilander.errors import InputError

Row = TypeVar("Row")
_TOLD, _AGAIN = "url-told", "url-again"
SOON = 5.0  # s in which a drawing that was asked for begins
LATE = 1.0  # s in which the browser may send what a widget showed before


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


def seen() -> None:
    """Take the query string as it came for what the browser shows: once in each drawing of a page, before the page.

    But after `again`: Streamlit makes one drawing of that and of what the browser asks for at that moment, say images
    for a map, and takes the browser's query string, which may be an older one.
    """
    asked = st.session_state.pop(_AGAIN, None)
    if asked and time.monotonic() - asked[0] < SOON and st.query_params.to_dict() != asked[1]:
        st.query_params.from_dict(asked[1])
    st.session_state[_TOLD] = st.query_params.to_dict()


def put(**values: str | int | None) -> None:
    """Set parameters, and tell the browser; None takes one away.

    A press carries the query string that the browser had then, and where presses come fast that is an older one.
    So what counts for all other parameters is what the browser was told last, and not what came with the press.
    """
    came, told = st.query_params.to_dict(), _told()
    texts = {name: None if value is None else str(value) for name, value in values.items()}
    wanted = {name: value for name, value in (told | texts).items() if value is not None}
    if not came == told == wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_TOLD] = wanted
    if _AGAIN in st.session_state:  # a press in the drawing that was asked for
        st.session_state[_AGAIN] = (time.monotonic(), wanted)


def hold() -> None:
    """Callback for a press that sets no parameter: an older query string that comes with it does not count."""
    put()


def held(press: Callable[..., object], *args: object) -> Callable[[], None]:
    """Callback that calls `press(*args)` with `hold` before it."""

    def pressed() -> None:
        hold()
        press(*args)

    return pressed


def again() -> NoReturn:
    """Draw the whole page again, from a fragment: with what the browser was told last, see `put`."""
    put()
    st.session_state[_AGAIN] = (time.monotonic(), _told())
    st.rerun()


def _told() -> dict[str, str]:
    """All parameters, as this visitor's browser was told them last."""
    found: dict[str, str] = st.session_state.setdefault(_TOLD, st.query_params.to_dict())
    return found


@dataclass(frozen=True)
class _Shown:
    """What a widget shows, what the browser had it show `before`, and since when (seconds) that is over."""

    value: object
    before: object
    since: float


def bind(key: str, value: object, write: Callable[..., None]) -> Callable[[], None]:
    """Tie the widget `key` to the URL: it shows `value`; its on_change gives a new value to `write`.

    Streamlit calls on_change without a change too: for a widget whose drawing was cut short by the next press, or that
    was away and is back; and with the old value, where the browser had not yet been told the new one when something
    else was pressed. Then nothing is written: it would undo what the press before has done.
    """
    place = f"{key}-shown"
    last: _Shown | None = st.session_state.get(place)
    st.session_state[key] = value
    if last is None or last.value != value:
        before = value if last is None else last.value
        st.session_state[place] = _Shown(value, before, time.monotonic())

    def changed() -> None:
        now, shown = st.session_state[key], st.session_state[place]
        late = now == shown.before and time.monotonic() - shown.since < LATE
        if now == shown.value or late:
            return
        st.session_state[place] = _Shown(
            now, now, time.monotonic()
        )  # the browser shows it: nothing can be late
        write(now)

    return changed
