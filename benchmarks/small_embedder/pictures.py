"""The pictures that the built-in embedder is taught and judged on, and which of them it may never see.

    taught   Omniglot `embed` and `train` (964 letters), half A of grocery's and sign digits' classes,
             Fashion-MNIST and MNIST
    judged   Omniglot `dev`, halves B, the creatures of the demo: classes that it never saw

Sources and licences stand in checkpoint_data/packaged.py, checkpoint_data/omniglot.py and ../shared.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from checkpoint_data import packaged
from hilander.demo.sets import FOLDER
from hilander.io.images import fitted, open_images
from small_embedder.network import SIDE
from suite.datasets import shared_file
from suite.halves import unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Domain:
    """Pictures of one kind.

    pixels : uint8 (n, c, h, w), grey or RGB;  labels : int64 (n,), from 0 without gaps
    most : classes that are taught of, each by so many pictures;  turns : a quarter turn makes another class
    drawn : ink, whose colours mean nothing
    """

    name: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    most: int
    each: int
    turns: bool = False
    drawn: bool = False

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1


def taught() -> list[Domain]:
    """What it learns from."""
    with np.load(shared_file("omniglot.npz"), allow_pickle=False) as file:
        rows = np.isin(file["split"], ("embed", "train"))
        letters, names = file["images"][rows], file["labels"][rows]
    fashion, digits = packaged.fashion(), packaged.mnist()
    return [
        Domain("omniglot", letters[:, None], _codes(names), 300, 10, turns=True, drawn=True),
        _half("grocery", 40, 50),
        _half("sign digits", 5, 100),
        Domain("fashion", _bytes(fashion.x), _codes(fashion.labels), 10, 120),
        Domain("mnist", _bytes(digits.x), _codes(digits.labels), 10, 80, drawn=True),
    ]


@dataclass(frozen=True)
class Judged:
    """A set that it never saw: where its images are, which of them count, and their labels."""

    name: str
    images: Path
    names: list[str]
    labels: NDArray[np.int64]


def judged() -> list[Judged]:
    omniglot = _table(shared_file("omniglot_dev_labels.csv"))
    shapes = _table(FOLDER / "shapes_labels.csv")
    return [
        Judged("omniglot dev", shared_file("omniglot_dev_images.zip"), *omniglot),
        Judged("grocery B", shared_file("grocery_images.zip"), *_part("grocery", seen=False)),
        Judged("sign digits B", shared_file("sign_digits_images.zip"), *_part("sign digits", seen=False)),
        Judged("demo shapes", FOLDER / "shapes_images.zip", *shapes),
    ]


def _half(name: str, most: int, each: int) -> Domain:
    names, labels = _part(name, seen=True)
    source = open_images(shared_file(f"{name.replace(' ', '_')}_images.zip"))
    pixels = [fitted(source.open_bytes(it), (SIDE, SIDE), fit="letterbox") for it in names]
    return Domain(name, np.stack(pixels).transpose(0, 3, 1, 2).copy(), _codes(labels), most, each)


def _part(name: str, *, seen: bool) -> tuple[list[str], NDArray[np.int64]]:
    """Names and labels of the images of half A (seen) or half B."""
    names, labels = _table(shared_file(f"{name.replace(' ', '_')}_labels.csv"))
    other = np.unique(unseen(name).labels)
    rows = np.flatnonzero(np.isin(labels, other) != seen)
    return [names[i] for i in rows], labels[rows]


@cache
def _table(path: Path) -> tuple[list[str], NDArray[np.int64]]:
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [row["id"] for row in rows], np.array([int(row["label"]) for row in rows])


def _codes(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _bytes(x: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(x * 255).astype(np.uint8)[:, None]
