"""Bursts: several slightly different pictures of the same thing, as a camera or a video takes them.

Knows nothing about embeddings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import affine_transform

from checkpoint_data.labelled import Labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

TURN = 8.0  # degrees, either way
SCALE = 0.07  # larger or smaller by up to this share
SHIFT = 1.5  # pixels, either way
NOISE = 0.05  # standard deviation, of intensities in [0, 1]


def bursts(images: Labelled, least: int, most: int, rng: np.random.Generator) -> Labelled:
    """Each image `least` to `most` times, each time moved a little and with noise of its own.

    Parameters
    ----------
    images : x float32 (n, h, w) in [0, 1]
    least, most : pictures taken of an image, drawn evenly; 1 <= least <= most

    Returns
    -------
    Labelled   x float32 (m, h, w) in [0, 1], n * least <= m <= n * most; a burst lies in a row, under its label
    """
    count = rng.integers(least, most + 1, len(images))
    taken = [moved(image, rng) for image in np.repeat(images.x, count, axis=0)]
    return Labelled(np.stack(taken), np.repeat(images.labels, count))


def moved(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The image turned, scaled and shifted about its centre, with noise."""
    turn = np.deg2rad(rng.uniform(-TURN, TURN))
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = rng.uniform(1 - SCALE, 1 + SCALE) * np.array([[cos, -sin], [sin, cos]])
    centre = (np.array(image.shape) - 1) / 2
    offset = centre - matrix @ centre + rng.uniform(-SHIFT, SHIFT, 2)
    drawn = affine_transform(image, matrix, offset, order=1) + NOISE * rng.standard_normal(image.shape)
    return np.asarray(np.clip(drawn, 0, 1), np.float32)
