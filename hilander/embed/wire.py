"""Protocol buffers as they are written: the fields of a message, without knowing what they mean.

Nothing is copied but numbers, and nothing declared is believed: a length is held against the bytes that are there.
Another reader must not see other fields than this one does: what readers take differently (a tag that is longer than
it need be or than 32 bits, which some cut off; a length beyond 31 bits; a number beyond 64) is no message here.
Source: the encoding as protobuf.dev describes it. Groups (long out of use) are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT, LONGEST_LENGTH = 10, 5  # bytes
LARGEST_TAG, LARGEST_LENGTH = 0xFFFF_FFFF, 0x7FFF_FFFF
MOST_FIELDS = 3_000_000  # a network of 100,000 nodes has about a million


class Broken(ValueError):  # noqa: N818 - as people say it
    """The bytes are no message."""


class Field(NamedTuple):
    """number : which field;  kind : how it is written;  value : of a VARINT;  start, stop : of everything else."""

    number: int
    kind: int
    value: int
    start: int
    stop: int


class Reader:
    """Walks messages inside one buffer, and counts what it has seen."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = MOST_FIELDS

    def fields(self, start: int = 0, stop: int | None = None) -> Iterator[Field]:
        """The fields of the message at data[start:stop]; Broken where it is none."""
        at, end = start, len(self.data) if stop is None else stop
        while at < end:
            self._count()
            number, kind, at = self._tag(at, end)
            if kind == VARINT:
                value, after = self.varint(at, end)
                yield Field(number, kind, value, at, after)
            else:
                at, after = self._span(kind, at, end)
                yield Field(number, kind, 0, at, after)
            at = after

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Broken(f"more than {MOST_FIELDS:,} fields and numbers")

    def _tag(self, at: int, end: int) -> tuple[int, int, int]:
        """Which field, how it is written, and where that begins."""
        tag, after = self.varint(at, end)
        if tag > LARGEST_TAG or (after - at > 1 and self.data[after - 1] == 0):
            raise Broken("a field whose number is written too long")
        if tag >> 3 == 0:
            raise Broken("a field without a number")
        return tag >> 3, tag & 7, after

    def _span(self, kind: int, at: int, end: int) -> tuple[int, int]:
        """Where the value of a field begins and ends."""
        if kind == BYTES:
            length, after = self.varint(at, end)
            if length > LARGEST_LENGTH or after - at > LONGEST_LENGTH:
                raise Broken(f"a field of {length:,} bytes, written in {after - at}")
            at = after
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise Broken(f"a field of kind {kind}")
        if length > end - at:
            raise Broken(f"a field of {length:,} bytes where {end - at:,} are left")
        return at, at + length

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """A whole number of 64 bits, and where it ends."""
        value = 0
        for i in range(LONGEST_VARINT):
            if at + i >= end:
                raise Broken("it ends within a number")
            byte = self.data[at + i]
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:
                if value >> 64:
                    raise Broken("a number of more than 64 bits")
                return value, at + i + 1
        raise Broken("a number of more than ten bytes")

    def numbers(self, field: Field) -> Iterator[int]:
        """Whole numbers with a sign, of a field that is repeated: written one by one or packed."""
        if field.kind == VARINT:
            yield signed(field.value)
        elif field.kind == BYTES:
            at = field.start
            while at < field.stop:
                self._count()
                value, at = self.varint(at, field.stop)
                yield signed(value)
        else:
            raise Broken("a field of another kind than was expected")

    def text(self, field: Field, most: int = 1_000) -> str:
        """A name; cut after `most` bytes."""
        if field.kind != BYTES:
            raise Broken("a number where a name was expected")
        return self.data[field.start : min(field.stop, field.start + most)].decode("utf-8", errors="replace")


def signed(value: int) -> int:
    """A 64-bit number as protobuf writes negative ones."""
    return value - (1 << 64) if value >> 63 else value
