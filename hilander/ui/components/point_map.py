"""A map of up to a few thousand points with an image on hover and the peak pinned."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from hilander.ui.components.parts import hand_over, source

_mount = st.components.v2.component(
    "hilander_point_map", html=source("map.html"), css=source("map.css"), js=source("map.js")
)


@dataclass(frozen=True)
class MapPoints:
    """What the map shows; all parallel to `xy`.

    Attributes
    ----------
    xy : float (m, 2), any unit: the map fits them in
    rows : int (m,) image rows; a click reports one
    names : m texts shown under the image on hover, maybe of two lines
    thumbs : m data URLs
    peak : position (not row) of the point to pin, or None
    """

    xy: np.ndarray
    rows: np.ndarray
    names: Sequence[str]
    thumbs: Sequence[str]
    peak: int | None = None


def point_map(
    points: MapPoints,
    *,
    key: str,
    shows: str,
    label: str,
    legend: str,
    height: int = 460,
    chosen: Callable[[int], None],
) -> None:
    """Draw the map; a click on a point calls `chosen` with its row before the page runs again.

    `shows` names what is laid out: zoom and position are kept until it changes.
    """
    data = {
        "x": _float32(points.xy[:, 0]),
        "y": _float32(points.xy[:, 1]),
        "rows": [int(row) for row in points.rows],
        "names": list(points.names),
        "thumbs": list(points.thumbs),
        "peak": -1 if points.peak is None else int(points.peak),
        "label": label,
        "legend": legend,
        "height": height,
        "shows": shows,
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))


def _float32(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")
