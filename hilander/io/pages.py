"""What the pages of a Parquet file declare of their size, read before any of them is unpacked.

A page header says how many bytes its few compressed ones become, up to 2 GB, and the file's own directory need not
agree. Knows the little of Thrift's compact protocol that it takes to find that number; nothing about values.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from hilander.errors import InputError

MAX_PAGE = (
    300 << 20
)  # bytes unpacked; a page is 1 MB by custom, and as large as its value where that is larger
HEADERS = (1 << 14, 1 << 22)  # bytes read for a header, and once more where it is longer
UNCOMPRESSED, COMPRESSED = 2, 3  # numbers of the fields of a page header
DEEPEST = 16
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


class Page(NamedTuple):
    """Bytes of a page's content, unpacked and packed, and of its header."""

    unpacked: int
    packed: int
    header: int


def refuse_large_pages(path: Path, chunks: Iterable[Any]) -> None:
    """InputError where a page of these column chunks (pyarrow's) would take more than `MAX_PAGE` bytes.

    Raises
    ------
    ValueError   a header that is none, a page that goes on after the end of the file: room would be made for it
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        for chunk in chunks:
            if not chunk.num_values:
                continue  # it has no pages
            at = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
                at = chunk.dictionary_page_offset
            end = min(size, at + chunk.total_compressed_size)
            while 0 <= at < end:
                page = _page_at(file, at)
                at += page.header + page.packed
                if at > size:
                    raise ValueError(f"a page of {page.packed:,} bytes, more than the file has")
                if max(page.unpacked, page.packed) > MAX_PAGE:
                    raise InputError(
                        f"{path.name} has a page that unpacks to {page.unpacked:,} bytes from {page.packed:,}, as in "
                        "a bomb. Write it again with pages of a usual size (1 MB)."
                    )


def _page_at(file: BinaryIO, at: int) -> Page:
    for length in HEADERS:
        file.seek(at)
        data = file.read(length)
        try:
            return page_of(data)
        except IndexError:  # it may go on
            if len(data) < length:
                break
    raise ValueError("a page header that does not end")


def page_of(data: bytes) -> Page:
    """The page header at the beginning of `data`; IndexError where it goes on after its end."""
    reader = _Compact(data)
    fields = reader.struct()
    unpacked, packed = fields.get(UNCOMPRESSED, -1), fields.get(COMPRESSED, -1)
    if unpacked < 0 or packed < 0:
        raise ValueError("a page of no size")
    return Page(unpacked, packed, reader.at)


class _Compact:
    """Walks through a value of Thrift's compact protocol; keeps the whole numbers of the outermost struct."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def struct(self, depth: int = 0) -> dict[int, int]:
        found: dict[int, int] = {}
        field = 0
        while (head := self._byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self._whole()
            found[field] = self._value(head & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> int:
        """Pass over one value; its number where it is whole, else 0."""
        if depth > DEEPEST:
            raise ValueError("a header of too many parts")
        if kind in (I16, I32, I64):
            return self._whole()
        if kind in (LIST, SET):
            head = self._byte()
            for _ in range(self._bounded(self._varint() if head >> 4 == 15 else head >> 4)):
                self._element(head & 15, depth)
        elif kind == MAP:
            count = self._bounded(self._varint())
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._element(kinds >> 4, depth)
                self._element(kinds & 15, depth)
        elif kind == STRUCT:
            self.struct(depth + 1)
        elif kind not in (TRUE, FALSE):
            self._pass(1 if kind == BYTE else 8 if kind == DOUBLE else self._length(kind))
        return 0

    def _element(self, kind: int, depth: int) -> None:
        """Inside a list a truth value takes a byte."""
        self._value(BYTE if kind in (TRUE, FALSE) else kind, depth + 1)

    def _length(self, kind: int) -> int:
        if kind != BINARY:
            raise ValueError(f"a value of kind {kind}")
        return self._varint()

    def _bounded(self, count: int) -> int:
        """A number of elements: each takes a byte at least."""
        if count > len(self._data):
            raise IndexError
        return count

    def _pass(self, length: int) -> None:
        self.at += length
        if self.at > len(self._data):
            raise IndexError

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number that does not end")

    def _whole(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
