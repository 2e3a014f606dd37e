"""Draw one picture of a creature: Pillow, four times too large, then made small. Also encodes and enlarges.

    Creature + Scene + noise generator  ->  RGB pixels

Body coordinates: the body about fills -1 to 1, y downwards. Knows nothing about sets, files or embeddings.
"""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from hilander.demo.creatures import Creature, Scene
from hilander.demo.parts import (
    DARK,
    LIMB_DRAWERS,
    PATTERN_DRAWERS,
    RGB,
    TOP_DRAWERS,
    WHITE,
    Point,
    angles,
    mix,
)  # fmt: skip

SIDE = 96
LARGE = 4 * SIDE
UNIT = 0.305 * LARGE  # pixels in one body radius


def picture(creature: Creature, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Draw one picture; `rng` makes its sensor noise.

    Returns
    -------
    uint8 (96, 96, 3)
    """
    figure = _posed(_figure(creature, scene), scene)
    canvas = _backdrop(scene)
    shadow = Image.new("L", canvas.size, 0)
    ground = LARGE / 2 + UNIT * (1.12 * scene.scale[1] + scene.shift[1])
    centre, half = LARGE / 2 + UNIT * scene.shift[0], UNIT * 0.8 * scene.scale[0]
    ImageDraw.Draw(shadow).ellipse((centre - half, ground - 14, centre + half, ground + 16), fill=95)
    canvas.paste((40, 32, 60), mask=shadow.filter(ImageFilter.GaussianBlur(9)))
    canvas.alpha_composite(figure)
    small = (
        canvas.convert("RGB")
        .filter(ImageFilter.GaussianBlur(4 * scene.blur))
        .resize((SIDE, SIDE), Image.Resampling.BOX)
    )
    return _exposed(np.asarray(small).astype(np.float64), scene, rng)


def webp(pixels: np.ndarray, quality: int) -> bytes:
    """Encode uint8 (h, w) or (h, w, 3) as WebP."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(buffer, "WEBP", quality=quality, method=6)
    return buffer.getvalue()


def enlarged(pixels: np.ndarray, side: int) -> np.ndarray:
    """Enlarge a small grey image, uint8 (h, w), smoothly to uint8 (side, side)."""
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


class _Brush:
    """Draws in body coordinates with an outline of the creature's own dark tone."""

    def __init__(self, line: RGB) -> None:
        self.image = Image.new("RGBA", (LARGE, LARGE), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)
        self._line = line

    def polygon(self, points: Sequence[Point], fill: RGB, *, width: float = 0.045) -> None:
        at = [_pixel(point) for point in points]
        self._draw.polygon(at, fill=fill)
        if width:
            self._draw.line([*at, at[0], at[1]], fill=self._line, width=round(width * UNIT), joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: RGB, *, width: float = 0.045) -> None:
        self.polygon([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in angles(48)], fill, width=width)

    def line(self, points: Sequence[Point], fill: RGB, width: float) -> None:
        """A stroke with round ends."""
        at = [_pixel(point) for point in points]
        self._draw.line(at, fill=fill, width=round(width * UNIT), joint="curve")
        for x, y in (at[0], at[-1]):
            r = width * UNIT / 2
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def tube(self, points: Sequence[Point], fill: RGB, width: float) -> None:
        """A stroke with an outline."""
        self.line(points, self._line, width + 0.08)
        self.line(points, fill, width)


def _figure(creature: Creature, scene: Scene) -> Image.Image:
    """The creature, upright and evenly lit, on nothing."""
    colour, marking = _rgb(creature.colour), _rgb(creature.marking)
    line = mix(colour, DARK, 0.72)
    brush = _Brush(line)
    rim = outline(creature.body)
    LIMB_DRAWERS[creature.limbs](brush, creature, colour, scene.wave)
    TOP_DRAWERS[creature.top](brush, colour, marking, scene.wave)
    brush.polygon(rim, colour)
    _mark(brush, creature, rim, marking)
    _shade(brush, rim, scene)
    brush.line([*rim, rim[0]], line, 0.05)
    _eyes(brush, creature, scene, colour)
    _mouth(brush, creature, line)
    return brush.image


def outline(body: tuple[str, float, float, float, float, int, float]) -> list[Point]:
    """Rim of a body: a superellipse, tapered, with bumps round it."""
    _, width, height, squareness, taper, bumps, bump = body
    points = []
    for t in angles(220):
        c, s = math.cos(t), math.sin(t)
        r = 1 + bump * math.cos(bumps * (t + math.pi / 2))
        x = math.copysign(abs(c) ** (2 / squareness), c) * r
        y = math.copysign(abs(s) ** (2 / squareness), s) * r
        points.append((width * x * (1 + taper * y * 0.5), height * y + 0.06))
    return points


def _mark(brush: _Brush, creature: Creature, rim: Sequence[Point], marking: RGB) -> None:
    """The coat pattern, inside the rim."""
    layer = _Brush(marking)
    PATTERN_DRAWERS[creature.pattern](layer, marking)
    mask = Image.new("L", (LARGE, LARGE), 0)
    ImageDraw.Draw(mask).polygon([_pixel(point) for point in rim], fill=255)
    clipped = Image.new("RGBA", (LARGE, LARGE), (0, 0, 0, 0))
    clipped.paste(layer.image, mask=mask)
    brush.image.alpha_composite(clipped)


def _shade(brush: _Brush, rim: Sequence[Point], scene: Scene) -> None:
    """Light from one side, dark on the other, and a soft highlight."""
    ys, xs = (np.mgrid[0:LARGE, 0:LARGE] - LARGE / 2) / UNIT
    lx, ly = scene.light[0] * 0.7, scene.light[1] * 0.8
    toward = np.clip((xs * lx + ys * ly) * 0.55, -1, 1)
    glow = np.exp(-((xs - lx * 0.75) ** 2 + (ys - ly * 0.75) ** 2) / 0.16)
    mask = Image.new("L", (LARGE, LARGE), 0)
    ImageDraw.Draw(mask).polygon([_pixel(point) for point in rim], fill=255)
    inside = np.asarray(mask) / 255.0
    for tone, strength in (
        (WHITE, 90 * np.clip(toward, 0, 1) + 70 * glow),
        ((30, 12, 60), 110 * np.clip(-toward, 0, 1)),
    ):
        veil = Image.new("RGBA", (LARGE, LARGE), (*tone, 0))
        veil.putalpha(Image.fromarray(np.clip(strength * inside, 0, 255).astype(np.uint8)))
        brush.image.alpha_composite(veil)


def _eye_places(creature: Creature) -> list[tuple[float, float, float]]:
    """(x, y, radius) of each eye."""
    size = creature.eye_size
    narrow = min(1.0, creature.body[1] / 0.8) * (1 - 0.22 * max(0.0, creature.body[4]))
    places = {
        "one": [(0.0, -0.2, 0.33)],
        "two": [(-0.29, -0.2, 0.215), (0.29, -0.2, 0.215)],
        "wide": [(-0.47, -0.16, 0.19), (0.47, -0.16, 0.19)],
        "three": [(-0.4, -0.14, 0.165), (0.0, -0.3, 0.185), (0.4, -0.14, 0.165)],
        "tiny": [(-0.24, -0.16, 0.085), (0.24, -0.16, 0.085)],
        "sleepy": [(-0.31, -0.18, 0.235), (0.31, -0.18, 0.235)],
    }[creature.eyes]
    return [(x * narrow, y, r * size * (0.6 + 0.4 * narrow)) for x, y, r in places]


def _eyes(brush: _Brush, creature: Creature, scene: Scene, colour: RGB) -> None:
    for x, y, r in _eye_places(creature):
        if scene.blink:
            brush.line([(x + r * u, y + 0.5 * r * (1 - u * u)) for u in np.linspace(-1, 1, 9)], DARK, 0.06)
        elif creature.eyes == "tiny":
            brush.ellipse(x, y, r, r * 1.25, DARK, width=0)
            brush.ellipse(x + 0.3 * r, y - 0.4 * r, 0.35 * r, 0.35 * r, WHITE, width=0)
        else:
            _open_eye(brush, (x, y, r), scene.gaze, colour if creature.eyes == "sleepy" else None)


def _open_eye(brush: _Brush, place: tuple[float, float, float], gaze: Point, lid: RGB | None) -> None:
    x, y, r = place
    brush.ellipse(x, y, r, r, WHITE, width=0.04)
    px, py = (
        x + 0.33 * r * gaze[0],
        y + (0.3 if lid is None else 0.22) * r * gaze[1] + (0.2 * r if lid else 0),
    )
    brush.ellipse(px, py, 0.54 * r, 0.58 * r, DARK, width=0)
    brush.ellipse(px + 0.18 * r, py - 0.22 * r, 0.18 * r, 0.18 * r, WHITE, width=0)
    if lid is not None:
        upper = [(x + r * math.cos(t), y + r * math.sin(t)) for t in np.linspace(math.pi, 2 * math.pi, 24)]
        brush.polygon(upper, mix(lid, DARK, 0.18), width=0.04)


def _mouth(brush: _Brush, creature: Creature, line: RGB) -> None:
    y, red = 0.33, (214, 60, 84)
    smile = [(0.26 * u, y + 0.13 * (1 - u * u)) for u in np.linspace(-1, 1, 15)]
    if creature.mouth == "smile":
        brush.line(smile, line, 0.065)
    elif creature.mouth == "flat":
        brush.line([(-0.2, y + 0.05), (0.2, y + 0.05)], line, 0.065)
    elif creature.mouth == "round":
        brush.ellipse(0, y + 0.06, 0.1, 0.13, DARK, width=0)
    elif creature.mouth == "beak":
        brush.polygon([(-0.2, y - 0.1), (0.2, y - 0.1), (0, y + 0.2)], (255, 176, 32))
    else:
        half = [(0.3 * math.cos(t), y - 0.04 + 0.27 * math.sin(t)) for t in np.linspace(0, math.pi, 24)]
        brush.polygon(half, DARK, width=0.04)
        if creature.mouth == "open":
            brush.ellipse(0, y + 0.14, 0.15, 0.075, red, width=0)
        else:
            for x in (-0.15, 0.15):
                brush.polygon([(x - 0.07, y - 0.02), (x + 0.07, y - 0.02), (x, y + 0.13)], WHITE, width=0)


def _posed(figure: Image.Image, scene: Scene) -> Image.Image:
    """Turned, leaned, scaled and moved: one affine map, from output to input pixels."""
    turn, middle = math.radians(scene.turn), LARGE / 2
    forward = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    forward = forward @ np.array([[1.0, scene.lean], [0.0, 1.0]]) @ np.diag(scene.scale)
    back = np.linalg.inv(forward)
    offset = middle - back @ (middle + UNIT * np.array(scene.shift))
    rows = [*back[0].tolist(), float(offset[0]), *back[1].tolist(), float(offset[1])]
    return figure.transform(figure.size, Image.Transform.AFFINE, rows, Image.Resampling.BICUBIC)


def _backdrop(scene: Scene) -> Image.Image:
    """A pale wall, lighter towards one side, and a floor."""
    hue, saturation, value = scene.backdrop
    wall = np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255
    ys, xs = np.mgrid[0:LARGE, 0:LARGE] / LARGE - 0.5
    light = 1 + 0.12 * (xs * scene.light[0] - ys * 0.6)
    light = np.where(ys > 0.27, light * 0.93, light)
    pixels = np.clip(wall * light[..., None], 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).convert("RGBA")


def _exposed(pixels: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Brightness, colour cast and noise."""
    lit = pixels * scene.brightness * np.array(scene.cast) + rng.normal(0, scene.noise, size=pixels.shape)
    levels: np.ndarray = np.clip(np.round(lit), 0, 255).astype(np.uint8)
    return levels


def _pixel(point: Point) -> Point:
    return LARGE / 2 + UNIT * float(point[0]), LARGE / 2 + UNIT * float(point[1])


def _rgb(text: str) -> RGB:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue
