"""Texts that name one thing each, where some are the same: two people of one name, two data sets.

    texts by id  ->  the same, with the end of the id where others read alike

A browser names a choice by its text, and a person knows another by their name: neither sees an id.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

SHORTEST = 6  # letters of an id


def told_apart(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts by id, no two of them alike."""
    alike: dict[str, list[str]] = {}
    for one, text in texts.items():
        alike.setdefault(_read(text), []).append(one)
    return {one: text + _end(one, alike[_read(text)]) for one, text in texts.items()}


def _read(text: str) -> str:
    """Upper and lower case, and letters that look the same, read alike."""
    return unicodedata.normalize("NFKC", text).casefold()


def _end(one: str, alike: list[str]) -> str:
    """The shortest end of an id that no other has; nothing where there is no other."""
    others = [it for it in alike if it != one]
    ends = (one[-n:] for n in range(SHORTEST, len(one)))
    found = next((end for end in ends if not any(it.endswith(end) for it in others)), one)
    return f" · id …{found}" if others else ""
