"""Colours of a map's points: twelve hues that one can tell apart, and two ramps, for light pages and for dark ones.

Every hue keeps a contrast of at least 3 : 1 to its page (WCAG AA for graphics).
"""

from __future__ import annotations

from hilander.views.map_colours import STEPS

Palette = dict[str, list[str]]

PLAIN: Palette = {"light": ["#0b7568"], "dark": ["#3fb8a5"]}
HUES: Palette = {
    "light": [
        *("#0b7568", "#c2570c", "#2563c9", "#8a3f9c", "#b3243f", "#5f7a12"),
        *("#d6428a", "#0e87a8", "#7a5a2e", "#4b4fc4", "#2f9a3a", "#a87b00"),
    ],
    "dark": [
        *("#4fc4b0", "#f4944a", "#6fa8f5", "#cf93e2", "#f2707f", "#b8d161"),
        *("#ff9fd0", "#5fd4ec", "#cfae80", "#a5a0fa", "#6fdc7c", "#f2d34f"),
    ],
}


def ramp(stops: tuple[str, str, str]) -> list[str]:
    """STEPS colours along three."""
    points = [[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in stops]
    return [_between(points, 2 * step / (STEPS - 1)) for step in range(STEPS)]


def _between(points: list[list[int]], place: float) -> str:
    first = min(int(place), 1)
    share = place - first
    mixed = (round(a + (b - a) * share) for a, b in zip(points[first], points[first + 1], strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


BLUE: Palette = {
    "light": ramp(("#8fb9d6", "#2f7fb0", "#0d2c52")),
    "dark": ramp(("#2a5a80", "#4fa8d6", "#e6f5ff")),
}
ORANGE: Palette = {
    "light": ramp(("#dba468", "#c2570c", "#5c1604")),
    "dark": ramp(("#7a4420", "#f08c3c", "#ffe9cc")),
}
