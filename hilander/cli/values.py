"""Option values as argparse reads them, with messages that say expected and got.

Ranges are checked where the values are used (`hilander.config`); here a word becomes a number.
"""

from __future__ import annotations

import argparse

from hilander.config import LevelChoice

NAMED_LEVELS: dict[str, LevelChoice] = {"natural": "natural", "last": "last"}


def whole(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {word!r}") from None


def number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {word!r}") from None


def level(word: str) -> LevelChoice:
    if word in NAMED_LEVELS:
        return NAMED_LEVELS[word]
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a level number, natural or last, got {word!r}") from None
