"""A map of up to fifty thousand points: one message for the places, small ones for images as they are looked at."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from hilander.ui.components.palette import PLAIN, Palette
from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_point_map",
    html=source("map.html"),
    css=source("map.css"),
    js=script("map_points.js", "map_draw.js", "map.js"),
)

AT_ONCE, AT_FIRST = 48, 48  # images in one answer, and with the places
Tip = Sequence[str]


@dataclass(frozen=True)
class Scale:
    """The ramp's name and ends, for the legend."""

    name: str
    low: str
    high: str


@dataclass(frozen=True)
class MapPoints:
    """What the map shows; positions count the points from 0.

    Attributes
    ----------
    places : uint16 (m, 2), as views.plane.quantised makes them
    codes : uint8 (m,), as views.map_colours makes them; None: all alike
    palette : colours of the codes; framed: images too get a frame in theirs
    peak : position of the point to pin, or None;  ghosts : positions of points drawn with a dashed frame
    """

    places: np.ndarray
    codes: np.ndarray | None = None
    palette: Palette = field(default_factory=lambda: PLAIN)
    framed: bool = False
    scale: Scale | None = None
    peak: int | None = None
    ghosts: tuple[int, ...] = ()


def point_map(
    points: MapPoints,
    *,
    key: str,
    shows: str,
    label: str,
    legend: str,
    height: int,
    tip: Callable[[int], Tip],
    chosen: Callable[[int], None],
    lassoed: Callable[[list[int]], None] | None = None,
    lasso: np.ndarray | None = None,
) -> None:
    """Draw the map; a click calls `chosen` with the point's position, an outline `lassoed` with x, y, x, y ...

    Call it in a fragment: it runs again for the images of the points that are looked at. `tip` gives a data URL and
    the lines of text of one point. `shows` names what is laid out: zoom, position and images are kept until it
    changes. `lasso` is the outline to show, uint16 (c, 2).
    """
    asked = st.session_state.pop(f"{key}-asked", None)
    whole = _whole(points, shows, lassoed is not None, lasso) | {
        "label": label,
        "legend": legend,
        "height": height,
    }
    stamp = hashlib.blake2b(repr(sorted(whole.items())).encode(), digest_size=8).hexdigest()
    if asked is not None and asked.get("stamp") == stamp:
        data = {"stamp": stamp, "tips": _tips(_positions(asked, len(points.places)), tip)}
    else:
        first = range(len(points.places)) if len(points.places) <= AT_FIRST else whole["ghosts"]
        data = whole | {"stamp": stamp, "tips": _tips([*first, *_pinned(points)], tip)}
    _mount(
        key=key,
        data=data,
        on_chosen_change=hand_over(key, lambda i: chosen(_position(i, len(points.places)))),
        on_wanted_change=_note(key),
        on_lassoed_change=hand_over(key, lassoed or (lambda _: None), "lassoed"),
    )


def _whole(points: MapPoints, shows: str, selectable: bool, lasso: np.ndarray | None) -> dict[str, Any]:
    codes = np.zeros(len(points.places), np.uint8) if points.codes is None else points.codes
    return {
        "shows": shows,
        "x": _base64(points.places[:, 0], "<u2"),
        "y": _base64(points.places[:, 1], "<u2"),
        "codes": _base64(codes, "u1"),
        "palette": points.palette,
        "framed": points.framed,
        "scale": None if points.scale is None else vars(points.scale),
        "peak": -1 if points.peak is None else int(points.peak),
        "ghosts": [int(i) for i in points.ghosts],
        "selectable": selectable,
        "lasso": None if lasso is None else lasso.ravel().tolist(),
    }


def _pinned(points: MapPoints) -> list[int]:
    return [] if points.peak is None else [int(points.peak)]


def _note(key: str) -> Callable[[], None]:
    """Keep what the map asks for until the fragment runs, which is next."""

    def handle() -> None:
        st.session_state[f"{key}-asked"] = getattr(st.session_state.get(key), "wanted", None)

    return handle


def _positions(asked: Any, n: int) -> list[int]:
    wanted = asked.get("points", [])[:AT_ONCE]
    return [i for i in wanted if isinstance(i, int) and 0 <= i < n]


def _position(value: Any, n: int) -> int:
    return min(max(0, int(value)), n - 1)


def _tips(positions: Sequence[int], tip: Callable[[int], Tip]) -> dict[str, list[str]]:
    return {str(i): list(tip(int(i))) for i in positions}


def _base64(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")
