"""Labelled embeddings out of a random number generator: identities as noisy directions, of uneven sizes.

A second kind of training data beside real images. Knows nothing about networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hilander.train.sets import TrainSet

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mixture(
    rng: np.random.Generator,
    *,
    identities: int,
    dim: int,
    sizes: tuple[int, int] = (2, 60),
    spread: float = 0.9,
    looks: int = 3,
) -> TrainSet:
    """Draw identities around random directions, each with a few looks of its own.

    Parameters
    ----------
    identities : number of classes, >= 2
    dim : dimension of the embeddings, >= 2
    sizes : least and most images of an identity; drawn evenly on a log scale
    spread : length of an image's noise against its identity's unit direction, > 0; varies by identity by half
    looks : an identity's images gather around up to this many sub-centres, >= 1

    Returns
    -------
    TrainSet   x float32 (n, dim) unit rows, labels int64 (n,)
    """
    low, high = np.log(sizes[0]), np.log(sizes[1] + 1)
    count = np.exp(rng.uniform(low, high, identities)).astype(int)
    labels = np.repeat(np.arange(identities), count)
    centre = _directions(rng, identities, dim)
    amount = spread * rng.uniform(0.5, 1.5, identities)
    shift = (
        0.5
        * amount[:, None, None]
        * _directions(rng, identities * looks, dim).reshape(identities, looks, dim)
    )
    look = rng.integers(0, looks, len(labels))
    noise = (
        _directions(rng, len(labels), dim) * (amount[labels] * rng.uniform(0.6, 1.3, len(labels)))[:, None]
    )
    x = centre[labels] + shift[labels, look] + noise
    return TrainSet.of(x, labels)


def _directions(rng: np.random.Generator, n: int, dim: int) -> NDArray[np.float64]:
    """N random unit vectors whose energy falls off over the dimensions, as that of real embeddings does."""
    x = rng.standard_normal((n, dim)) * np.arange(1, dim + 1) ** -0.25
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
