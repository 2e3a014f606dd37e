"""Whose pages have named which files: a media file or an upload is for the person to whom its address was sent.

    given.note(person, message)   what goes to a person's page
    given.to(person, path)        whether a file at this path was named there

Streamlit asks nobody who knows the address of a file, and keeps the files of all people together. Its messages are
read as Streamlit's pages read them: an address counts where Streamlit itself has put it, and nowhere else, for any
other text may be what the person has just typed. Another element that shows files takes its field in FIELDS.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

FIELDS = (
    "delta.new_element.download_button.url",
    "delta.new_element.imgs.imgs.url",
    "backend_operation_response.deferred_file.url",  # of a download that is made when it is pressed
    "file_urls_response.file_urls.upload_url",
    "file_urls_response.file_urls.delete_url",
    "page_config_changed.favicon",
    "logo.image",
    "logo.icon_image",
)
MOST = 5_000  # addresses kept of one person; a page names some ten
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_NAMED = re.compile(rf"/media/[0-9a-f]{{32}}|/_stcore/upload_file/{_UUID}/{_UUID}")
_MARKS = b"/media/", b"/_stcore/upload_file/"


class Given:
    """Addresses by person; the oldest of a person are forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, OrderedDict[str, None]] = {}

    def note(self, person: str, message: bytes) -> None:
        """Keep the addresses in a message that is sent to this person."""
        if not any(mark in message for mark in _MARKS):
            return
        for address in _addresses(ForwardMsg.FromString(message)):
            known = self._known.setdefault(person, OrderedDict())
            known[address] = None
            known.move_to_end(address)
            if len(known) > self._most:
                known.popitem(last=False)

    def to(self, person: str, path: str) -> bool:
        """Whether this person was sent that address. A file's ending says nothing."""
        found = _NAMED.match(path)
        return found is not None and found[0] in self._known.get(person, ())


def _addresses(message: ForwardMsg) -> Iterator[str]:
    for field in FIELDS:
        for text in _texts(message, field):
            if found := _NAMED.match(text):
                yield found[0]


def _texts(message: Message, field: str) -> Iterator[str]:
    """What stands in a field, as often as it is there."""
    name, _, rest = field.partition(".")
    value: Any = getattr(message, name)
    for one in [value] if isinstance(value, str | Message) else value:
        yield from _texts(one, rest) if rest else [one]
