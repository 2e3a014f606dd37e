"""Who the drawn creatures are: 24 families of 5, told apart by shape, colours, coat, face, head and limbs.

A creature's parameters are its identity; a `Scene` is everything that varies between two pictures of it.
Numbers and choices only: how they become pixels is in `draw`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

SEED = 20210
FAMILIES = 24
PER_FAMILY = 5

# name, width, height, squareness (2 is an ellipse), taper (wider below), bumps round the rim, their height
BODIES = (
    ("round", 0.86, 0.84, 2.0, 0.0, 0, 0.0),
    ("egg", 0.78, 0.92, 2.0, 0.22, 0, 0.0),
    ("box", 0.80, 0.78, 4.6, 0.0, 0, 0.0),
    ("tower", 0.58, 0.98, 3.4, 0.05, 0, 0.0),
    ("loaf", 1.0, 0.66, 3.0, 0.12, 0, 0.0),
    ("pear", 0.82, 0.94, 2.2, 0.5, 0, 0.0),
    ("drop", 0.88, 0.92, 2.0, 0.85, 0, 0.0),
    ("heart", 0.84, 0.90, 2.3, -0.42, 0, 0.0),
    ("cloud", 0.84, 0.80, 2.0, 0.05, 8, 0.075),
    ("star", 0.84, 0.84, 2.0, 0.0, 5, 0.17),
    ("flower", 0.82, 0.82, 2.0, 0.0, 6, 0.13),
    ("spiky", 0.84, 0.84, 2.0, 0.0, 13, 0.09),
)

# body, marking
COLOURS = (
    ("#f2545b", "#ffd166"),
    ("#ff8c42", "#7b2d26"),
    ("#ffc93c", "#e4572e"),
    ("#a7c957", "#386641"),
    ("#2a9d8f", "#e9f5db"),
    ("#4cc9f0", "#3a0ca3"),
    ("#4361ee", "#f9c74f"),
    ("#8e5ae8", "#ffd6ff"),
    ("#e667af", "#5f0f40"),
    ("#ffb3c6", "#d6336c"),
    ("#a47148", "#ffe8c2"),
    ("#55606e", "#80ed99"),
    ("#f4f1e8", "#ef476f"),
    ("#6ede8a", "#134074"),
)

PATTERNS = ("plain", "spots", "bands", "pinstripes", "belly", "dip", "mask", "patch")
EYES = ("one", "two", "wide", "three", "tiny", "sleepy")
MOUTHS = ("smile", "open", "fangs", "flat", "beak", "round")
TOPS = ("horns", "antennae", "bunny", "bear", "cat", "tuft", "leaf", "crown", "cap")
LIMBS = ("feet", "legs", "stubs", "wings", "tentacles", "arms")

FIRST = (
    *("Ada", "Bo", "Cleo", "Dot", "Enzo", "Fay", "Gus", "Hugo", "Ida", "Jax", "Kit", "Lou"),
    *("Mia", "Nils", "Olga", "Pim", "Quin", "Rosa", "Sam", "Tove", "Uma", "Vito", "Wim", "Zoe"),
)
SURNAMES = (
    *("Bumble", "Pebble", "Marble", "Thistle", "Waffle", "Noodle", "Pickle", "Button"),
    *("Muffin", "Truffle", "Biscuit", "Pumpkin", "Bramble", "Dumpling", "Sprout", "Clover"),
    *("Fennel", "Pretzel", "Crumpet", "Nugget", "Tumble", "Wobble", "Fiddle", "Ripple"),
)


@dataclass(frozen=True)
class Creature:
    """One identity."""

    name: str
    body: tuple[str, float, float, float, float, int, float]
    colour: str
    marking: str
    pattern: str
    eyes: str
    eye_size: float
    mouth: str
    top: str
    limbs: str


@dataclass(frozen=True)
class Scene:
    """What varies between pictures of one creature: pose, light, camera, backdrop.

    Angles in degrees, shifts in body radii, gains relative to 1, noise in grey levels.
    """

    turn: float
    lean: float
    scale: tuple[float, float]
    shift: tuple[float, float]
    gaze: tuple[float, float]
    wave: float
    blink: bool
    light: tuple[float, float]
    brightness: float
    cast: tuple[float, float, float]
    backdrop: tuple[float, float, float]
    blur: float
    noise: float


def creatures(seed: int = SEED) -> list[Creature]:
    """All 120 identities, family by family; the same for the same seed."""
    rng = np.random.default_rng(seed)
    made = []
    for family in range(FAMILIES):
        made += _family(family, rng)
    return made


def sizes(seed: int = SEED) -> np.ndarray:
    """Images of each creature: int64 (120,), very uneven, from 2 to 80."""
    count = FAMILIES * PER_FAMILY
    even = np.linspace(0, 1, count)
    spread = np.round(2 + 6 * even + 72 * even**8).astype(np.int64)
    return np.random.default_rng([seed, 1]).permutation(spread)


def scene(seed: int, creature: int, picture: int) -> Scene:
    """How one picture of one creature is taken; depends on these three numbers alone."""
    rng = np.random.default_rng([seed, 2, creature, picture])
    size = rng.uniform(0.80, 1.04)
    return Scene(
        turn=float(rng.normal(0, 7.5)),
        lean=float(rng.normal(0, 0.07)),
        scale=(float(size * rng.uniform(0.93, 1.07)), float(size * rng.uniform(0.93, 1.07))),
        shift=(float(rng.normal(0, 0.08)), float(rng.normal(0.1, 0.06))),
        gaze=(float(rng.uniform(-1, 1)), float(rng.uniform(-0.8, 0.8))),
        wave=float(rng.uniform(-1, 1)),
        blink=bool(rng.random() < 0.07),
        light=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 0.3))),
        brightness=float(rng.uniform(0.82, 1.12)),
        cast=(float(rng.normal(1, 0.05)), float(rng.normal(1, 0.035)), float(rng.normal(1, 0.06))),
        backdrop=(float(rng.random()), float(rng.uniform(0.03, 0.2)), float(rng.uniform(0.8, 0.97))),
        blur=float(np.clip(rng.normal(0.2, 0.3), 0, 0.9)),
        noise=float(rng.uniform(1.0, 6.0)),
    )


def _family(family: int, rng: np.random.Generator) -> list[Creature]:
    """Five relatives: one body, one pair of colours, one kind of limbs; the rest is each one's own."""
    body = BODIES[family % len(BODIES)]
    colour, marking = COLOURS[(family * 5 + family // len(BODIES)) % len(COLOURS)]
    limbs = LIMBS[int(rng.integers(len(LIMBS)))]
    patterns, tops = rng.permutation(PATTERNS), rng.permutation(TOPS)
    eyes, mouths = rng.permutation(EYES), rng.permutation(MOUTHS)
    names = rng.permutation(FIRST)
    founder = Creature("", body, colour, marking, "", "", 0.0, "", "", limbs)
    return [
        replace(
            founder,
            name=f"{names[i]} {SURNAMES[family]}",
            pattern=str(patterns[i]),
            eyes=str(eyes[i]),
            eye_size=float(rng.uniform(0.9, 1.15)),
            mouth=str(mouths[i]),
            top=str(tops[i]),
        )
        for i in range(PER_FAMILY)
    ]
