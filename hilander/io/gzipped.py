"""Read a gzip file from any place in it, without unpacking it to disk.

    seek(p)  ->  the nearest kept state of the decompressor before p, and on from there

Knows nothing about what is inside. Not for several threads at once.
"""

from __future__ import annotations

import bisect
import zlib
from pathlib import Path
from typing import NamedTuple

from hilander.errors import InputError

CHUNK = 1 << 16  # bytes read at a time
PIECE = 1 << 17  # bytes unpacked at a time
FIRST_STEP = 1 << 20  # bytes between two kept states; doubled when there are too many
MOST_STATES = 1024  # 40 KB each
MAX_RATIO = 100  # size unpacked over size on disk
RATIO_FREE_BYTES = 32 << 20  # below this no ratio is a danger
GZIP = 31  # zlib's name of the format


class _State(NamedTuple):
    """A decompressor that has given `out` bytes; `pending` and the file from `at` on are what it gets next."""

    out: int
    at: int
    pending: bytes
    machine: zlib._Decompress


class GzipReader:
    """The unpacked content of a gzip file, one member or several, as a file to read and seek in.

    `read` raises EOFError for a file that is cut short, zlib.error for a damaged one, InputError for a zip bomb.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, path.open("rb")
        self._most = max(RATIO_FREE_BYTES, MAX_RATIO * path.stat().st_size)
        self._step = FIRST_STEP
        self._out = self._start = self._at = (
            0  # bytes unpacked so far; where the buffer begins; where `read` begins
        )
        self._buffer = self._fresh = b""  # unpacked and not yet given; the last piece of it
        self._states = [_State(0, 0, b"", zlib.decompressobj(GZIP))]
        self._restore(self._states[0])

    def close(self) -> None:
        self._file.close()

    def tell(self) -> int:
        return self._at

    def seek(self, place: int) -> int:
        """Nothing is read yet."""
        self._at = place
        return place

    def read(self, size: int) -> bytes:
        """At most `size` bytes from here; fewer only at the end."""
        place = self._at
        try:
            self._go_to(place)
            parts, left = [], size
            while left > 0 and (self._buffer or self._unpack()):
                part, self._buffer = self._buffer[:left], self._buffer[left:]
                self._start += len(part)
                left -= len(part)
                parts.append(part)
        except BaseException:
            self._restore(self._states[0])  # what is here now is good for nothing
            raise
        self._at = place + size - left
        return b"".join(parts)

    def _go_to(self, place: int) -> None:
        """Make `place` the beginning of the buffer."""
        nearest = self._states[bisect.bisect_right(self._states, place, key=lambda it: it.out) - 1]
        if place < self._start or nearest.out > self._out:
            self._restore(nearest)
        while self._out < place and self._unpack():
            self._start, self._buffer = self._out - len(self._fresh), self._fresh
        drop = min(place - self._start, len(self._buffer))
        self._start, self._buffer = self._start + drop, self._buffer[drop:]

    def _restore(self, state: _State) -> None:
        self._out = self._start = state.out
        self._pending, self._machine = state.pending, state.machine.copy()
        self._buffer = self._fresh = b""
        self._file.seek(state.at)

    def _unpack(self) -> bool:
        """Append a piece to the buffer; False at the end."""
        self._fresh = b""
        while not self._fresh:
            if self._machine.eof:
                self._pending = (self._pending or self._file.read(CHUNK)).lstrip(b"\0")
                if not self._pending:
                    if not (chunk := self._file.read(CHUNK)):
                        return False
                    self._pending = chunk
                    continue
                self._machine = zlib.decompressobj(GZIP)
            data = self._pending or self._file.read(CHUNK)
            if not data:
                raise EOFError("the file ends before its content does")
            self._fresh = self._machine.decompress(data, PIECE)
            self._pending = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
        self._buffer += self._fresh
        self._out += len(self._fresh)
        if self._out > self._most:
            raise InputError(
                f"{self._path.name} unpacks to more than {self._most:,} bytes, as in a zip bomb. "
                "Make the archive from the files alone."
            )
        self._keep()
        return True

    def _keep(self) -> None:
        """Remember the state, if the last remembered one is far away."""
        if self._machine.eof or self._out < self._states[-1].out + self._step:
            return
        self._states.append(_State(self._out, self._file.tell(), self._pending, self._machine.copy()))
        if len(self._states) > MOST_STATES:
            self._states, self._step = self._states[::2], 2 * self._step
