"""What files and programs say, made fit to be shown: no folders of this machine, and not too long."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

LONGEST, FIRST = 100, 8
QUOTED = re.compile(r"""(["'])/[^"'\n]*/([^"'/\n]*)\1""")
BARE = re.compile(r"""(?<![\w.:/])/(?:[^\s/"':]+/)+""")


def cut(text: str, most: int = LONGEST) -> str:
    """At most so many letters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def listed(items: Iterable[object]) -> str:
    """The first few; "none" where there are none."""
    first = [str(it) for it in islice(items, FIRST + 1)]
    return "; ".join([*first[:FIRST], *(["..."] if len(first) > FIRST else [])]) or "none"


def without(folders: Iterable[Path], text: str) -> str:
    """Paths of what is in these folders, from there on."""
    for folder in sorted(map(str, folders), key=len, reverse=True):
        text = text.replace(f"{folder}/", "")
    return text


def without_folders(text: str) -> str:
    """Absolute paths as the name at their end alone."""
    return BARE.sub("", QUOTED.sub(r"\1\2\1", text))
