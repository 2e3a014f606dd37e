"""What is believed about the scores of all cuts, before and after answers: many hypotheses, each with a weight.

    PairSample + answers  ->  expected score of every cut, the best one, the question that tells most

A hypothesis is a logistic curve: how P(same identity) falls with how far one must go in the hierarchy to find the
two together (`pairs.Chains.features`). At first they are as likely as they were among other data sets
(`usual.py`); an answer multiplies each one's weight by how probable the answer was under it. No answer is proof:
a little room is left for wrong ones, so contradicting answers weigh against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.calibrate.expected import expected_scores
from hilander.calibrate.usual import usual_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.calibrate.pairs import PairSample

HYPOTHESES = 4000
WRONG = (
    0.001  # share of wrong answers reckoned with: few, since most pairs asked far apart are truly different
)
AHEAD = 5  # a question is judged as if this many like it were asked
LOOKED_AT = 300  # questions judged before one is asked
JUDGING = 300  # hypotheses that judge them


@dataclass(frozen=True)
class Answered:
    """Pairs with known answers: features (k, f), same bool (k,)."""

    features: NDArray[np.float64]
    same: NDArray[np.bool_]


class Belief:
    """Hypotheses about one hierarchy, their scores for every cut, and their weights.

    Making one costs the work; `answered` and `question` are quick. The same generator gives the same hypotheses.
    """

    def __init__(self, sample: PairSample, rng: np.random.Generator) -> None:
        self.sample = sample
        self.curves = usual_curves(HYPOTHESES, sample.reach, rng)
        self.same = probability(self.curves, sample.features)
        self.scores = expected_scores(sample, self.same)

    def weights(self, answered: Answered | None) -> NDArray[np.float64]:
        """float64 (h,), sum 1: how likely each hypothesis is after the answers."""
        if answered is None or not len(answered.same):
            return np.full(len(self.curves), 1 / len(self.curves))
        same = with_slips(probability(self.curves, answered.features).astype(float))
        log = np.log(np.where(answered.same, same, 1 - same)).sum(1)
        weight = np.exp(log - log.max())
        return np.asarray(weight / weight.sum())

    def expected(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 (c,): expected score of each cut."""
        return np.asarray(weights @ self.scores)

    def question(
        self, weights: NDArray[np.float64], rng: np.random.Generator, free: NDArray[np.int64]
    ) -> int:
        """Of the pairs `free` of the sample, >= 1, the one whose answer promises the best choice.

        For each of some pairs: how good would the best cut be expected to be after `AHEAD` answers of its kind?
        One answer alone often changes no choice, so that all questions would look equally useless.
        """
        some = free if len(free) <= LOOKED_AT else rng.choice(free, LOOKED_AT, replace=False)
        judges = rng.choice(len(weights), JUDGING, p=weights)
        same, scores = with_slips(self.same[np.ix_(judges, some)]), self.scores[judges]
        worth = sum(
            ((comb(AHEAD, yes) * same**yes * (1 - same) ** (AHEAD - yes)).T @ scores).max(1)
            for yes in range(AHEAD + 1)
        )
        return int(some[np.argmax(worth)])


def probability(curves: NDArray[np.float64], features: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32 (h, m): P(same identity) of m pairs under h hypotheses."""
    log_odds = (curves @ features.T).astype(np.float32)
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -40, 40))), np.float32)


def with_slips(same: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Probability of the answer "same", slips included."""
    return np.asarray(WRONG + (1 - 2 * WRONG) * same)
