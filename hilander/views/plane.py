"""Points on a plane as a map sends them, and which of them lie inside what somebody drew around them.

    xy -> whole numbers from 0 to 65,535;  polygon <-> a short text for a link;  points in polygon

Plain numbers only: knows nothing about images, clusters or pages.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np

from hilander.errors import InputError

LAST = 65_535  # the largest coordinate, on both axes
CORNERS = 64  # of a polygon, at most


def quantised(xy: np.ndarray) -> np.ndarray:
    """uint16 (m, 2): each axis of float (m, 2) stretched over 1 to 65,534; 32,767 where it has no extent.

    So an outline around everything, 0 to 65,535, has all points inside.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.where(high > low, high - low, 1)
    unit = np.where(high > low, (xy - low) / span, 0.5)
    return (1 + unit * (LAST - 2)).astype(np.uint16)


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Positions, ascending, of the points that lie in the polygon (even-odd rule); O(m) for each corner.

    points : (m, 2);  polygon : (c, 2), c >= 3, closed by itself
    """
    box = (points >= polygon.min(axis=0)).all(axis=1) & (points <= polygon.max(axis=0)).all(axis=1)
    at = np.flatnonzero(box)
    x, y = points[at].astype(np.float64).T
    odd = np.zeros(len(at), dtype=bool)
    corners = polygon.astype(np.float64)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return at[odd]


def polygon_text(flat: list[int]) -> str:
    """x, y, x, y ... of a polygon as text that a link can carry.

    Raises
    ------
    InputError   fewer than 3 corners, more than 64, or coordinates out of range
    """
    if not 6 <= len(flat) <= 2 * CORNERS or len(flat) % 2 or not all(0 <= int(v) <= LAST for v in flat):
        raise InputError(
            f"An outline has 3 to {CORNERS} corners with coordinates from 0 to {LAST:,}; got {len(flat)} "
            "numbers. Draw it again."
        )
    return base64.urlsafe_b64encode(np.array(flat, "<u2").tobytes()).decode("ascii").rstrip("=")


def polygon_of(text: str) -> np.ndarray:
    """uint16 (c, 2): what `polygon_text` wrote.

    Raises
    ------
    InputError   something else
    """
    try:
        found = np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), dtype="<u2")
    except (ValueError, binascii.Error) as error:
        raise InputError(f"The link's outline cannot be read: {text[:40]!r}. Draw it again.") from error
    if polygon_text(found.tolist()) != text:
        raise InputError(f"The link's outline cannot be read: {text[:40]!r}. Draw it again.")
    return found.reshape(-1, 2)
