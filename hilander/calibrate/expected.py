"""What score each cut may be expected to have, if the pairs of a sample are of one identity with given probability.

    PairSample, P(same)  ->  (Fp + Fb) / 2 of every cut

Counts of pairs and shares of clusters are known exactly and only what depends on identities is estimated, each
ratio's parts by the same pairs. Knows nothing about where the probabilities come from.
Source: the definitions in `metrics`, with expectations put for the unknown counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.calibrate.pairs import PairSample

AT_ONCE = 250  # hypotheses: bounds the memory


def expected_scores(sample: PairSample, same: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (h, c): expected (Fp + Fb) / 2 of each cut, under each of h hypotheses.

    Parameters
    ----------
    same : float32 (h, m)   P(same identity) of each pair of the sample, in [0, 1]
    """
    return np.concatenate([_scores(sample, same[i : i + AT_ONCE]) for i in range(0, len(same), AT_ONCE)])


def _scores(sample: PairSample, same: NDArray[np.float32]) -> NDArray[np.float32]:
    joined, weight, drawn = sample.joined.astype(np.float32), sample.weight, sample.drawn
    images = len(sample.size)
    hits = same * weight  # expected partners of one identity that each pair stands for
    kin = _by_image(hits, drawn, images)
    fp = _pairwise(sample, hits, joined, kin.mean(1, keepdims=True))
    # BCubed: of each drawn image, the share of its cluster that is its kin, and of its kin that is in its cluster
    share = joined / sample.size[drawn].astype(np.float32)
    alone = 1 / sample.size
    found = np.maximum(weight @ share, 1e-9)
    precision = (alone.sum(0) + (hits @ share) * ((1 - alone).sum(0) / found)) / images
    least = 1 / (1 + kin)
    recall = (least.sum(1, keepdims=True) + (hits * least[:, drawn]) @ joined) / images
    return np.asarray((fp + 2 * precision * recall / (precision + recall)) / 2, np.float32)


def _pairwise(
    sample: PairSample, hits: NDArray[np.float32], joined: NDArray[np.float32], kin: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Fp: twice the pairs rightly joined over those joined and those of one identity, all per image."""
    found = sample.weight @ joined
    right = np.where(found > 0, (hits @ joined) / np.maximum(found, 1e-9), 0) * sample.companions
    return np.asarray(2 * right / np.maximum(sample.companions + kin, 1e-9), np.float32)


def _by_image(values: NDArray[np.float32], drawn: NDArray[np.int64], images: int) -> NDArray[np.float32]:
    """Sums over the pairs of each drawn image; pairs lie image by image."""
    total = np.zeros((len(values), images), np.float32)
    if len(drawn):
        first = np.flatnonzero(np.diff(drawn, prepend=-1))
        total[:, drawn[first]] = np.add.reduceat(values, first, axis=1)
    return total
