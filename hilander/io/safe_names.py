"""File names that Windows, macOS and Linux take, made from any text. Knows nothing about what the files are."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

MOST, MOST_BYTES = 60, 180  # file systems end at 255 bytes
RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{it}{i}" for it in ("COM", "LPT") for i in range(10)}
)


def safe_name(text: str) -> str:
    """One part of a path: letters, digits and accents of any script, and - _ . ( ) and spaces; the rest becomes _.

    Never empty, hidden, an option (-x), a device of Windows (CON), or a way out of its folder. Different texts
    can give one name: see `Names`.
    """
    kept = "".join(
        c if c in "-_.() " or unicodedata.category(c)[0] in "LNM" else "_" for c in _composed(text)
    )
    kept = kept.strip(" .")[:MOST]
    while len(kept.encode()) > MOST_BYTES:
        kept = kept[:-1]
    kept = kept.strip(" .")
    device = kept.partition(".")[0].strip().upper() in RESERVED
    return f"_{kept}" if device or not kept or kept.startswith("-") else kept


class Names:
    """Gives each file of a folder a name of its own, however the system compares them (case, accents)."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def unique(self, name: str, folder: str = "") -> str:
        """The name, or name (2), name (3), ... where it is taken in that folder."""
        path = PurePosixPath(name)
        while (key := f"{folder}/{_composed(name).casefold()}") in self._taken:
            first = f"{folder}/{_composed(str(path)).casefold()}"
            self._taken[first] += 1
            name = f"{path.stem} ({self._taken[first]}){path.suffix}"
        self._taken[key] = 1
        return name


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
