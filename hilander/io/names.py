"""Match two lists of names for the same images. Knows nothing about what the names belong to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def _whole(name: str) -> str:
    return name


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _stem(name: str) -> str:
    base = _base(name)
    return base.rsplit(".", 1)[0] if "." in base[1:] else base


WAYS: dict[str, Callable[[str], str]] = {
    "name": _whole,
    "file name without folders": _base,
    "file name without suffix": _stem,
}


def match_names(wanted: Sequence[str], available: Sequence[str]) -> tuple[np.ndarray, str]:
    """Where each wanted name stands in `available`, and the way it was matched.

    Tries whole names, then names without folders, then without suffix too; takes the way that matches most
    (the stricter on a tie). A key that two names share matches nothing: it would be a guess.

    Returns
    -------
    int64 (len(wanted),) positions, -1 where nothing matches; one of `WAYS`
    """
    best, best_way, most = np.full(len(wanted), -1, dtype=np.int64), "name", 0
    for way, key in WAYS.items():
        where = _positions([key(name) for name in wanted], [key(name) for name in available])
        found = int((where >= 0).sum())
        if found > most:
            best, best_way, most = where, way, found
        if found == len(wanted):
            break
    return best, best_way


def _positions(wanted: list[str], available: list[str]) -> np.ndarray:
    place = _unique_places(available)
    asked = _unique_places(wanted)
    return np.array(
        [place.get(key, -1) if asked[key] >= 0 else -1 for key in wanted] if wanted else [], dtype=np.int64
    )


def _unique_places(keys: list[str]) -> dict[str, int]:
    """Key to position; -1 for a key that occurs more than once."""
    place: dict[str, int] = {}
    for i, key in enumerate(keys):
        place[key] = -1 if key in place else i
    return place
