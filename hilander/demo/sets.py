"""The demo sets that ship: where their files are, and what is in them before they are written.

The one module that imports scikit-learn for data, and only to make the digits again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hilander.config import ASSETS
from hilander.demo.creatures import SEED, creatures, sizes

FOLDER = ASSETS / "demo"


@dataclass(frozen=True)
class DemoSet:
    """A set as a person would upload it: row i of the embeddings is the i-th image name in sorted order."""

    name: str
    title: str
    description: str
    images: Path
    embeddings: Path
    labels: Path


TITLES = {
    "shapes": (
        "Little creatures",
        "1,592 drawings of 120 creatures from 24 families. Some were drawn 80 times, some only twice; "
        "pose, light, colour cast and noise differ every time.",
    ),
    "digits": (
        "Handwritten digits",
        "1,797 digits from 0 to 9, written by 13 people (the test part of the UCI optical digits, as in scikit-learn).",
    ),
}


def demo_sets(folder: Path = FOLDER) -> list[DemoSet]:
    """The demo sets, the one to show first first."""
    return [
        DemoSet(
            name,
            title,
            description,
            folder / f"{name}_images.zip",
            folder / f"{name}_embeddings.npy",
            folder / f"{name}_labels.csv",
        )
        for name, (title, description) in TITLES.items()
    ]


def shapes_rows(seed: int = SEED) -> np.ndarray:
    """Which creature, and which picture of it, each row is: int64 (n, 2), in an order that tells nothing."""
    counts = sizes(seed)
    rows = [(creature, picture) for creature, count in enumerate(counts.tolist()) for picture in range(count)]
    order = np.random.default_rng([seed, 4]).permutation(len(rows))
    return np.array(rows, dtype=np.int64)[order]


def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits in its own order: uint8 (1797, 8, 8) from 0 to 16, and int64 labels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images.astype(np.uint8), bunch.target.astype(np.int64)


def shape_labels(seed: int = SEED) -> tuple[list[str], list[str]]:
    """Label and name of every row of the shapes."""
    who = shapes_rows(seed)[:, 0].tolist()
    names = [creature.name for creature in creatures(seed)]
    return [str(i) for i in who], [names[i] for i in who]
