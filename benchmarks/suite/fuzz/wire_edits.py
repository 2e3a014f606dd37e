"""Valid protocol buffers with one field written otherwise, every length around it made right: where edits of bytes
seldom lead.

    cases(seeds)  ->  folders whose .onnx file is changed so, as a hypothesis strategy

What a field is, is guessed: bytes that can be read as a message are taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from hilander.embed.wire import BYTES, VARINT, Broken, Reader
from suite import onnx_files as o

SUFFIX = ".onnx"
RAW = 9  # the field of a tensor's bytes
HIGH = 1 << 32  # what a reader of 32 bits cuts off
MANY = o.varint(1 << 20) * 260_000  # 780 kB of a packed list
EDITS = ("high tag", "long tag", "twice", "many", "often", "external", "external")


@dataclass
class Part:
    """One field; `content` is what follows its tag, without its length, or the fields in it."""

    number: int
    kind: int
    content: bytes | list[Part]
    tag: bytes = b""
    times: int = 1

    def written(self) -> bytes:
        content = self.content if isinstance(self.content, bytes) else joined(self.content)
        length = o.varint(len(content)) if self.kind == BYTES else b""
        return ((self.tag or o.varint(self.number << 3 | self.kind)) + length + content) * self.times


def joined(parts: Sequence[Part]) -> bytes:
    return b"".join(it.written() for it in parts)


def cases(seeds: Sequence[Mapping[str, bytes]]) -> st.SearchStrategy[dict[str, bytes]]:
    seed, place = st.sampled_from(seeds), st.integers(0, 2**16 - 1)
    return st.one_of(*(st.builds(_changed, seed, place, st.just(what)) for what in EDITS))


def _changed(files: Mapping[str, bytes], place: int, what: str) -> dict[str, bytes]:
    return {
        name: edited(data, place, what) if name.endswith(SUFFIX) else data for name, data in files.items()
    }


def edited(data: bytes, place: int, what: str) -> bytes:
    """The message with one of its fields changed."""
    parts = parsed(data)
    assert parts is not None
    every = list(_every(parts))
    if what == "external":
        every = [it for it in every if _is_tensor(it)] or every
    _edit(every[place % len(every)], what, place)
    return joined(parts)


def parsed(data: bytes) -> list[Part] | None:
    """The fields in it; None where it is no message."""
    parts: list[Part] = []
    try:
        for it in Reader(data).fields():
            content = data[it.start : it.stop]
            inner = parsed(content) if it.kind == BYTES else None
            parts.append(
                Part(it.number, it.kind, inner or (o.varint(it.value) if it.kind == VARINT else content))
            )
    except Broken:
        return None
    return parts


def _every(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part.content, list):
            yield from _every(part.content)


def _is_tensor(part: Part) -> bool:
    return isinstance(part.content, list) and any(it.number == RAW for it in part.content)


def _edit(part: Part, what: str, place: int) -> None:
    plain = o.varint(part.number << 3 | part.kind)
    if what == "high tag":
        part.tag = o.varint(HIGH << place % 8 | part.number << 3 | part.kind)
    elif what == "long tag":
        part.tag = plain[:-1] + bytes([plain[-1] | 0x80, *[0x80] * (place % 9), 0])
    elif what == "twice":
        part.times = 2
    elif what == "many":
        part.kind, part.content = BYTES, MANY
    elif what == "often":
        part.times = 2_000
    elif isinstance(part.content, list):
        place_of = o.outside("outside", more=HIGH if place % 2 else 0)
        part.content.append(Part(0, VARINT, place_of[1:], tag=place_of[:1]))
