"""Valid files made invalid, as hypothesis strategies: edits anywhere, edits inside archives, and raw bytes.

A case is a folder's content, path to bytes; one of its files is changed. Knows nothing about readers.
"""

from __future__ import annotations

import gzip
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

Files = Mapping[str, bytes]
Edit = tuple[str, str, int, bytes]  # what, where from, how far, with which bytes

NEAR = 300  # bytes from an end in which headers and directories lie
LONGEST = 4_000  # bytes of a raw file, and of a piece that is cut out or repeated
WHERE = ("start", "end", "any")
EDITS = ("set", "insert", "delete", "truncate", "repeat", "zeros", "ones", "number")
NUMBERS = (b"0", b"-1", b"1e999", b"nan", b"9" * 10, b"9" * 25, b"9" * 5_000, b"0.5")
TOKENS = (
    *(b"\xff" * 4, b"\xff" * 8, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\0\x40", b"\x7f", b"\0"),
    *(b"(", b"{", b"[" * 50_000, b'"', b"\n", b",", b"../", b"/", b"\\", b"\xed\xa0\x80", b"\xe2\x80\xae"),
    *(b"NaN", b"Infinity", b"null", b"true", b"<f8", b"|O", b"<U9", b"<script>", b"'; DROP TABLE runs; --"),
)
WORDS = (
    "..",
    "0.1",
    "natural",
    "1e308",
    "\0",
    "\u202e",
    "<b>",
    "'",
    "\ud800",
    "9" * 20,
    "17.2_5.4",
    "-",
    "2-50",
)


def edits() -> st.SearchStrategy[list[Edit]]:
    piece = st.one_of(st.sampled_from(TOKENS), st.sampled_from(NUMBERS), st.binary(min_size=1, max_size=8))
    one = st.tuples(st.sampled_from(EDITS), st.sampled_from(WHERE), st.integers(0, 2**16 - 1), piece)
    return st.one_of(st.lists(one, min_size=1, max_size=1), st.lists(one, min_size=2, max_size=5))


def cases(seeds: Sequence[Files], *, raw: bool = True) -> st.SearchStrategy[dict[str, bytes]]:
    """Folders near to the valid ones; with `raw` some whose file is any bytes at all."""
    near = st.builds(_changed, st.sampled_from(seeds), st.integers(0, 2**16), edits(), st.booleans())
    if not raw:
        return near
    return st.one_of(
        near, near, near, st.builds(_replaced, st.sampled_from(seeds), st.binary(max_size=LONGEST))
    )


def texts() -> st.SearchStrategy[str]:
    """What may stand in a query string."""
    return st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=4).map("".join)


def _replaced(files: Files, data: bytes) -> dict[str, bytes]:
    first = next(iter(files))
    return dict(files) | {first: data}


def _changed(files: Files, which: int, wanted: Sequence[Edit], inside: bool) -> dict[str, bytes]:
    """One file edited; with `inside`, where it is an archive, one file within it, and packed again."""
    name = sorted(files)[which % len(files)]
    data = files[name]
    changed = _inside(data, which, wanted) if inside else edited(data, wanted)
    return dict(files) | {name: changed}


def _inside(data: bytes, which: int, wanted: Sequence[Edit]) -> bytes:
    if data[:4] == b"\x89PNG":
        return png_of(edited(data, wanted))
    if data[:2] == b"\x1f\x8b":
        return gzip.compress(edited(gzip.decompress(data), wanted), 1)
    if data[:2] != b"PK":
        return edited(data, wanted)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        members = [(info, old.read(info)) for info in old.infolist()]
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as new:
        warnings.simplefilter("ignore")
        for i, (info, content) in enumerate(members):
            new.writestr(info, edited(content, wanted) if i == which % len(members) else content)
    return out.getvalue()


def edited(data: bytes, wanted: Sequence[Edit]) -> bytes:
    for what, where, how_far, piece in wanted:
        data = _edit(data, what, _place(len(data), where, how_far), how_far % LONGEST, piece)
    return data


def _place(size: int, where: str, how_far: int) -> int:
    if where == "any":
        return size * how_far >> 16
    near = how_far % max(1, min(size, NEAR))
    return near if where == "start" else max(0, size - 1 - near)


def _edit(data: bytes, what: str, at: int, length: int, piece: bytes) -> bytes:
    before, after, cut = data[:at], data[at:], data[at : at + length]
    if what == "number":
        found = re.compile(rb"\d+").search(data, at)
        return data if found is None else data[: found.start()] + piece + data[found.end() :]
    made = {
        "set": piece + after[len(piece) :],
        "insert": piece + after,
        "delete": after[length:],
        "truncate": b"",
        "repeat": cut + after,
        "zeros": bytes(len(cut)) + after[len(cut) :],
        "ones": b"\xff" * len(cut) + after[len(cut) :],
    }
    return before + made[what]


def png_of(data: bytes) -> bytes:
    """The same PNG with the checksums of its chunks made right, so that what is in them is looked at."""
    out, at = data[:8], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        out += data[at : at + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        at += 12 + length
    return out
