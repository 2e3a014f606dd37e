"""What a creature carries: coat patterns, limbs, and what grows on its head. Shapes only; the brush knows pixels.

Each drawer takes a brush and draws in body coordinates (the body about fills -1 to 1, y downwards).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from hilander.demo.creatures import Creature

RGB = tuple[int, int, int]
Point = tuple[float, float]
DARK: RGB = (38, 32, 48)
WHITE: RGB = (255, 253, 248)


class Brush(Protocol):
    """Draws shapes; widths are those of outlines, 0 for none."""

    def polygon(self, points: Sequence[Point], fill: RGB, *, width: float = ...) -> None: ...

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: RGB, *, width: float = ...) -> None: ...

    def line(self, points: Sequence[Point], fill: RGB, width: float) -> None: ...

    def tube(self, points: Sequence[Point], fill: RGB, width: float) -> None: ...


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """A colour between two: share 0 is `a`, 1 is `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def angles(count: int) -> np.ndarray:
    return np.linspace(0, 2 * math.pi, count, endpoint=False)


def _plain(brush: Brush, tone: RGB) -> None:
    """No marking."""


def _spots(brush: Brush, tone: RGB) -> None:
    for x, y, r in ((-0.62, -0.45, 0.19), (0.6, -0.5, 0.15), (-0.66, 0.3, 0.14), (0.62, 0.22, 0.2), (0.0, -0.78, 0.16),
                    (-0.3, 0.72, 0.17), (0.34, 0.74, 0.13), (0.86, -0.12, 0.1), (-0.88, -0.06, 0.12)):  # fmt: skip
        brush.ellipse(x, y, r, r, tone, width=0)


def _bands(brush: Brush, tone: RGB) -> None:
    for y in (-0.72, 0.0, 0.72):
        brush.polygon([(-1.6, y - 0.13), (1.6, y - 0.13), (1.6, y + 0.13), (-1.6, y + 0.13)], tone, width=0)


def _pinstripes(brush: Brush, tone: RGB) -> None:
    for x in np.arange(-1.35, 1.4, 0.3):
        brush.polygon([(x - 0.05, -1.3), (x + 0.05, -1.3), (x + 0.05, 1.3), (x - 0.05, 1.3)], tone, width=0)


def _belly(brush: Brush, tone: RGB) -> None:
    brush.ellipse(0, 0.66, 0.56, 0.58, tone, width=0)


def _dip(brush: Brush, tone: RGB) -> None:
    """Dipped in paint, with a wavy edge."""
    edge = [(x, 0.34 + 0.09 * math.sin(7 * x)) for x in np.linspace(-1.6, 1.6, 60)]
    brush.polygon([*edge, (1.6, 1.6), (-1.6, 1.6)], tone, width=0)


def _mask(brush: Brush, tone: RGB) -> None:
    brush.polygon([(-1.6, -0.42), (1.6, -0.42), (1.6, 0.06), (-1.6, 0.06)], tone, width=0)


def _patch(brush: Brush, tone: RGB) -> None:
    brush.ellipse(0.5, -0.34, 0.56, 0.6, tone, width=0)
    brush.ellipse(-0.62, 0.62, 0.36, 0.32, tone, width=0)


def _horns(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for side in (-1, 1):
        brush.polygon([(side * 0.62, -0.52), (side * 0.24, -0.72), (side * 0.78, -1.3)], (255, 241, 214))


def _antennae(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for side in (-1, 1):
        x = side * 0.42 + 0.1 * wave
        brush.line([(side * 0.16, -0.7), (side * 0.24, -1.05), (x, -1.28)], mix(colour, DARK, 0.72), 0.07)
        brush.ellipse(x, -1.32, 0.14, 0.14, tone)


def _bunny(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for side in (-1, 1):
        x = side * 0.36 + 0.06 * wave
        brush.ellipse(x, -1.02, 0.19, 0.5, colour)
        brush.ellipse(x, -1.02, 0.09, 0.34, mix(colour, (255, 190, 200), 0.75), width=0)


def _bear(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for side in (-1, 1):
        brush.ellipse(side * 0.62, -0.72, 0.29, 0.29, colour)
        brush.ellipse(side * 0.62, -0.72, 0.15, 0.15, tone, width=0)


def _cat(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for side in (-1, 1):
        brush.polygon([(side * 0.8, -0.36), (side * 0.14, -0.74), (side * 0.68, -1.2)], colour)
        brush.polygon([(side * 0.66, -0.6), (side * 0.36, -0.76), (side * 0.6, -1.0)], tone, width=0)


def _tuft(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    for lean in (-0.42, -0.14, 0.14, 0.42):
        brush.tube([(lean * 0.35, -0.66), (lean + 0.08 * wave, -1.22 + abs(lean) * 0.5)], tone, 0.1)


def _leaf(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    brush.line([(0, -0.7), (0.02, -1.04)], (74, 92, 40), 0.08)
    for side, reach in ((-1, 0.44), (1, 0.56)):
        curve = [
            (side * reach * u, -1.02 - 0.3 * u + 0.24 * math.sin(math.pi * u)) for u in np.linspace(0, 1, 12)
        ]
        back = [
            (side * reach * u, -1.02 - 0.3 * u - 0.2 * math.sin(math.pi * u)) for u in np.linspace(1, 0, 12)
        ]
        brush.polygon([*curve, *back], (98, 190, 82))


def _crown(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    points = [
        (-0.46, -0.62),
        (-0.52, -1.2),
        (-0.24, -0.98),
        (0, -1.3),
        (0.24, -0.98),
        (0.52, -1.2),
        (0.46, -0.62),
    ]
    brush.polygon(points, (255, 203, 60))
    brush.ellipse(0, -0.9, 0.08, 0.08, (226, 60, 84), width=0)


def _cap(brush: Brush, colour: RGB, tone: RGB, wave: float) -> None:
    """A toadstool cap, drawn behind the head."""
    dome = [(0.86 * math.cos(t), -0.6 + 0.66 * math.sin(t)) for t in np.linspace(math.pi, 2 * math.pi, 40)]
    brush.polygon(dome, tone)
    for x, y in ((-0.42, -0.86), (0.1, -1.04), (0.5, -0.78)):
        brush.ellipse(x, y, 0.1, 0.08, WHITE, width=0)


def _feet(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    for side in (-1, 1):
        brush.ellipse(side * 0.38, 1.0, 0.27, 0.14, mix(colour, DARK, 0.25))


def _legs(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    for x in (-0.5, -0.18, 0.18, 0.5):
        brush.tube([(x * 0.9, 0.7), (x * 1.05 + 0.04 * wave, 1.12)], mix(colour, DARK, 0.15), 0.13)


def _stubs(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    _feet(brush, creature, colour, wave)
    for side in (-1, 1):
        x = side * creature.body[1]
        brush.ellipse(x * 1.02, 0.28 - 0.12 * side * wave, 0.2, 0.15, colour)


def _wings(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    _feet(brush, creature, colour, wave)
    for side in (-1, 1):
        x, lift = side * creature.body[1] * 0.8, 0.12 * wave
        tip = (x + side * 0.56, -0.42 - lift)
        brush.polygon(
            [(x, -0.12), tip, (x + side * 0.42, -0.02), (x + side * 0.5, 0.26), (x, 0.36)],
            mix(colour, WHITE, 0.5),
        )


def _tentacles(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    for x in (-0.62, -0.22, 0.22, 0.62):
        sway = [
            (x * 0.8 + 0.1 * math.sin(5 * u + 2 * wave + 3 * x), 0.6 + 0.62 * u)
            for u in np.linspace(0, 1, 10)
        ]
        brush.tube(sway, mix(colour, DARK, 0.12), 0.16)


def _arms(brush: Brush, creature: Creature, colour: RGB, wave: float) -> None:
    _feet(brush, creature, colour, wave)
    for side in (-1, 1):
        x, lift = side * creature.body[1] * 0.85, 0.3 * wave * side
        hand = (x + side * 0.42, 0.1 - lift)
        brush.tube([(x, 0.22), (x + side * 0.26, 0.32 - lift * 0.4), hand], mix(colour, DARK, 0.12), 0.13)


PATTERN_DRAWERS: dict[str, Callable[[Brush, RGB], None]] = {
    "plain": _plain, "spots": _spots, "bands": _bands, "pinstripes": _pinstripes,
    "belly": _belly, "dip": _dip, "mask": _mask, "patch": _patch,
}  # fmt: skip
TOP_DRAWERS: dict[str, Callable[[Brush, RGB, RGB, float], None]] = {
    "horns": _horns, "antennae": _antennae, "bunny": _bunny, "bear": _bear, "cat": _cat,
    "tuft": _tuft, "leaf": _leaf, "crown": _crown, "cap": _cap,
}  # fmt: skip
LIMB_DRAWERS: dict[str, Callable[[Brush, Creature, RGB, float], None]] = {
    "feet": _feet, "legs": _legs, "stubs": _stubs, "wings": _wings, "tentacles": _tentacles, "arms": _arms,
}  # fmt: skip
