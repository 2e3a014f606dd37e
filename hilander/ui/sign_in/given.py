"""Whose pages have named which files: a media file or an upload is for the person to whom its address was sent.

    given.note(person, message)   what goes to a person's page
    given.to(person, path)        whether a file at this path was named there

Streamlit asks nobody who knows the address of a file, and keeps the files of all people together. Addresses are
found in the bytes of Streamlit's messages: an id has a fixed length, whatever stands behind it.
"""

from __future__ import annotations

import re
from collections import OrderedDict

MOST = 100_000  # addresses kept; a page names some hundred
_UUID = rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_NAMED = re.compile(rb"/media/[0-9a-f]{32}|/_stcore/upload_file/%b/%b" % (_UUID, _UUID))


class Given:
    """Addresses by person; the oldest are forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def note(self, person: str, message: bytes) -> None:
        """Keep the addresses in a message that is sent to this person."""
        for address in _NAMED.findall(message):
            self._known[person, address] = None
            self._known.move_to_end((person, address))
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def to(self, person: str, path: str) -> bool:
        """Whether this person was sent that address. A file's ending says nothing."""
        found = _NAMED.match(path.encode("utf-8", "replace"))
        return found is not None and (person, found[0]) in self._known
