"""A visitor of the app without a browser: speaks Streamlit's own messages over its socket.

    with Session(url, query="dataset=a&run=b") as visitor:
        shown = visitor.set("slider", "Level", 3)          what the page drew, once it has finished
        shown.says("Level 3 of 9"), shown.failures

Elements are known by what they are and their label, as a person knows them. What a browser does with them costs
nothing here: no script runs and nothing is painted.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE = 90.0  # s that a page may take to be drawn
SLICE = 5.0
_TEXT = {
    "heading": "body",
    "markdown": "body",
    "alert": "body",
    "text": "body",
    "button": "label",
    "html": "body",
}
_ENDS = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


class LostError(Exception):
    """The connection ended, or the page was not finished in time."""


@dataclass
class Shown:
    """What one drawing of the page sent: texts, errors that are told in words, and failures that are not."""

    seconds: float = 0.0
    texts: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts)


def plain(text: str) -> str:
    """Without the backslashes by which Markdown is told to show a character as it is."""
    return _ESCAPED.sub(r"\1", text)


_ESCAPED = re.compile(r"\\([^\w\s])")


class Session:
    """One visitor with one page open."""

    def __init__(self, url: str, *, query: str = "", page: str = "") -> None:
        self.query, self.page, self._script = query, page, ""
        self._ids: dict[tuple[str, str], str] = {}
        self._socket = _connected(url)
        self.first = self._drawn(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def again(self) -> Shown:
        """The page drawn once more, nothing pressed."""
        return self._drawn(())

    def set(self, kind: str, label: str, value: Any) -> Shown:
        """A slider moved, a text typed, a button pressed: `kind` as Streamlit's messages call the element."""
        if (kind, label) not in self._ids:
            raise LostError(f"no {kind} {label!r} on the page; it says {self.first.texts}")
        state = WidgetState(id=self._ids[kind, label])
        if kind == "slider":
            state.double_array_value.data[:] = [float(value)]
        elif kind == "button":
            state.trigger_value = True
        else:
            state.string_value = str(value)
        return self._drawn((state,))

    def has(self, kind: str, label: str) -> bool:
        return (kind, label) in self._ids

    def _drawn(self, states: tuple[WidgetState, ...]) -> Shown:
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        if self._script:
            asked.rerun_script.page_script_hash = self._script
        else:
            asked.rerun_script.page_name = self.page
        asked.rerun_script.widget_states.widgets.extend(states)
        began = time.perf_counter()
        try:
            self._socket.send(asked.SerializeToString())
            shown = self._heard(began + PATIENCE)
        except (ConnectionClosed, OSError) as error:
            raise LostError(f"{type(error).__name__}: {error}") from error
        shown.seconds = time.perf_counter() - began
        return shown

    def _heard(self, until: float) -> Shown:
        """Everything from the beginning of the drawing to its end; one that is begun anew counts from there."""
        shown, has_begun = Shown(), False
        while True:
            left = until - time.perf_counter()
            if left <= 0:
                raise LostError(f"the page was not finished within {PATIENCE:.0f} s")
            try:
                data = self._socket.recv(timeout=min(left, SLICE))
            except TimeoutError:
                continue
            message = ForwardMsg.FromString(bytes(data))
            what = message.WhichOneof("type")
            if what == "new_session":
                has_begun, shown = True, Shown()
                self._script = message.new_session.page_script_hash
            elif what == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif what == "navigation":
                self._script = message.navigation.page_script_hash or self._script
            elif what == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._look(message.delta.new_element, shown)
            elif what == "session_event" and message.session_event.HasField("script_compilation_exception"):
                shown.failures.append("the script does not compile")
            elif what == "script_finished" and has_begun and message.script_finished in _ENDS:
                return shown

    def _look(self, element: Element, shown: Shown) -> None:
        kind = element.WhichOneof("type")
        if kind is None:
            return
        inside = getattr(element, kind)
        if kind == "exception":
            shown.failures.append(f"{inside.type}: {inside.message}")
        if kind in _TEXT:
            shown.texts.append(plain(getattr(inside, _TEXT[kind])))
        if kind == "alert" and inside.format in (Alert.ERROR, Alert.WARNING):
            shown.alerts.append(plain(inside.body))
        if getattr(inside, "id", "") and hasattr(inside, "label"):
            self._ids[kind, inside.label] = inside.id


def _connected(url: str) -> ClientConnection:
    socket = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    try:
        return connect(
            socket, subprotocols=["streamlit"], origin=url, max_size=None, close_timeout=2, open_timeout=30
        )
    except (OSError, TimeoutError) as error:
        raise LostError(f"{type(error).__name__}: {error}") from error
