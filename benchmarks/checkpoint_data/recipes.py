"""How one training set is made: a source, which of its rows, in bursts or not, and how they become vectors.

Knows nothing about which sets there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from checkpoint_data import descriptors, networks
from checkpoint_data.bursts import bursts
from checkpoint_data.labelled import Labelled
from checkpoint_data.picks import pick
from hilander.train.generated import mixture
from hilander.train.sets import TrainSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

BORDER = 2  # 28 x 28 images get 32 x 32: whole cells
Source = Callable[[], Labelled]
Look = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]


class Made(Protocol):
    """What the table of sets holds."""

    def make(self, rng: np.random.Generator) -> TrainSet: ...


@dataclass(frozen=True)
class Recipe:
    """Rows of a source, looked at in one way; labels stay the source's.

    `classes` and `each` are those of `picks.pick`; `burst`, for images, is (least, most) pictures of each.
    """

    source: Source
    look: Look
    classes: int | None = None
    each: int | tuple[int, int] | None = None
    burst: tuple[int, int] | None = None

    def make(self, rng: np.random.Generator) -> TrainSet:
        whole = self.source()
        chosen = whole.part(pick(whole.labels, rng, classes=self.classes, each=self.each))
        if self.burst is not None:
            chosen = bursts(chosen, *self.burst, rng)
        return TrainSet.of(self.look(chosen.x), chosen.labels)


@dataclass(frozen=True)
class Mixture:
    """Drawn, not taken from images: the arguments of `hilander.train.generated.mixture`."""

    identities: int
    dim: int
    sizes: tuple[int, int]
    spread: float
    looks: int = 1

    def make(self, rng: np.random.Generator) -> TrainSet:
        return mixture(
            rng,
            identities=self.identities,
            dim=self.dim,
            sizes=self.sizes,
            spread=self.spread,
            looks=self.looks,
        )


def as_given(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """For sources that are vectors already."""
    return x


def hog(dim: int) -> Look:
    """Gradients of the images with a border of zeros, and their first principal components."""
    around = ((0, 0), (BORDER, BORDER), (BORDER, BORDER))
    return lambda images: descriptors.pca(descriptors.hog(np.pad(images, around)), dim)


def pixels(dim: int) -> Look:
    """Intensities, and their first principal components."""
    return lambda images: descriptors.pca(images.reshape(len(images), -1), dim)


def network(strength: str) -> Look:
    """Vectors of a small network: "weak", "mid" or "strong"."""
    return lambda images: networks.embed(images, strength)
