"""Labelled embeddings to train on: checked, told apart by a fingerprint, and split by identity.

Knows nothing about networks or levels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.io.vectors import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

HELD_MOST = 20_000  # images: enough to tell two epochs apart, and a second's work to cluster


@dataclass(frozen=True)
class TrainSet:
    """One labelled embedding space: x float32 (n, d), unit rows; labels int64 (n,), known everywhere."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, x: NDArray[Any], labels: NDArray[np.int64]) -> TrainSet:
        """Check and normalise; rows whose label is -1 (unknown) are left out.

        Raises
        ------
        InputError   bad rows, lengths that differ, fewer than two known rows or identities, no pair of one
        """
        if np.shape(labels) != (len(x),):
            raise InputError(f"labels must be ({len(x)},), one for each row; got {np.shape(labels)}.")
        known = np.flatnonzero(np.asarray(labels) != -1)
        found, most = _counts(np.asarray(labels)[known])
        if found < 2 or most < 2:
            raise InputError(
                "training needs at least two identities, one of them with two images or more; got "
                f"{found:,} with at most {most}. Check the label column."
            )
        every = len(known) == len(x)
        return cls(unit_vectors(x if every else x[known]), np.asarray(labels)[known])

    def __len__(self) -> int:
        return len(self.x)

    def facts(self) -> dict[str, Any]:
        """Size, dimension, identities and a hash of all values: what tells one set from another."""
        digest = hashlib.sha256(np.ascontiguousarray(self.x).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return {
            "n": len(self),
            "dim": self.x.shape[1],
            "classes": len(np.unique(self.labels)),
            "sha256": digest.hexdigest(),
        }

    def part(self, rows: NDArray[np.int64]) -> TrainSet:
        return TrainSet(self.x[rows], self.labels[rows])


def split_identities(one: TrainSet, share: float, rng: np.random.Generator) -> tuple[TrainSet, TrainSet]:
    """Hold out whole identities: about `share` of them, two at least, `HELD_MOST` images at most.

    Returns
    -------
    what is trained on, what is held out

    Raises
    ------
    InputError   either side would be left without two identities or without a pair of one
    """
    names, code, size = np.unique(one.labels, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))[: max(2, round(share * len(names)))]
    within = np.cumsum(size[order]) <= max(HELD_MOST, size[order[:2]].sum())
    held = np.isin(code, order[within])
    sides = one.part(np.flatnonzero(~held)), one.part(np.flatnonzero(held))
    for side, what in zip(sides, ("to train on", "held out"), strict=True):
        found, most = _counts(side.labels)
        if found < 2 or most < 2:
            raise InputError(
                f"validation {share:g} of {len(names):,} identities leaves {found} {what}, with at most {most} "
                "images each; both sides need two identities and one with two images. "
                "Take another share, or validation 0 to train on all."
            )
    return sides


def check_enough(one: TrainSet, k: int) -> None:
    """InputError where there are fewer images to train on than k, the node itself counted."""
    if len(one) < k:
        raise InputError(
            f"k {k} asks for {k - 1} neighbours of every image; got {len(one):,} labelled images to train on. "
            "Take smaller ks, label more images, or hold fewer out."
        )


def _counts(labels: NDArray[np.int64]) -> tuple[int, int]:
    """Identities, and the images of the largest."""
    sizes = np.unique(labels, return_counts=True)[1]
    return len(sizes), int(sizes.max(initial=0))
