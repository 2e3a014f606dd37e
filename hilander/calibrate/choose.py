"""Choose the cut from answers, and the next question to ask: what the command line, the app and scripts call.

    Calibration(hierarchy).choose(answers)  ->  Choice          .ask(answers, 20)  ->  20 pairs

Knows nothing about files or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.calibrate.belief import Answered, Belief
from hilander.calibrate.cuts import Cut
from hilander.calibrate.pairs import Chains, sample_pairs
from hilander.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

SEED = 0
NEAR = 0.02  # of the best score: as good as the best
BEYOND = 3  # levels past the natural one that questions asked together are about
DRAWN_EVERY = 2  # one question in so many is drawn evenly from the sample
CONVINCED = 0.85  # belief that another cut is better than the natural level, from which on it is chosen
FROM_LABELS = 2000  # pairs of labelled images looked at, at most


@dataclass(frozen=True)
class Answers:
    """Pairs of images by row number, and whether they are of one identity.

    a, b : int64 (k,);  same : bool (k,)
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    same: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.a) == len(self.b) == len(self.same):
            raise ValueError("a, b and same must have one length")

    def __len__(self) -> int:
        return len(self.same)

    @classmethod
    def none(cls) -> Answers:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))


@dataclass(frozen=True)
class Choice:
    """The cut to take.

    Attributes
    ----------
    cut, clusters : the cut and how many clusters it makes
    expected : expected score, (Fp + Fb) / 2, in [0, 1]
    low, high : between which the score lies with a belief of 80 %
    sure : how likely its score is within 0.02 of the best candidate's
    natural : expected score of the natural level
    """

    cut: Cut
    clusters: int
    expected: float
    low: float
    high: float
    sure: float
    natural: float


def answers_from_labels(codes: NDArray[np.int64]) -> Answers:
    """What labelled images say of each other: all their pairs, or a sample where there are very many.

    Parameters
    ----------
    codes : int64 (n,)   identity of each image, -1 where unknown

    Each pair counts as one judgement. They hang together and are fewer looks than that, but to hold them back
    made choices worse (benchmarks/LOG.md).

    Raises
    ------
    InputError   no two images of one identity, or none of two
    """
    row = np.flatnonzero(codes >= 0)
    identities, most = np.unique(codes[row], return_counts=True)
    if len(identities) < 2:
        raise InputError(
            f"calibration needs labelled images of two identities or more; got {len(row):,} of "
            f"{len(identities)}. Label some images of another one."
        )
    if most.max() < 2:
        raise InputError(
            f"calibration needs two labelled images of one identity; got {len(row):,} images of as many "
            "identities. Label more images of some of them."
        )
    first, second = np.triu_indices(len(row), 1)
    if len(first) > FROM_LABELS:
        kept = np.random.default_rng(SEED).choice(len(first), FROM_LABELS, replace=False)
        first, second = first[kept], second[kept]
    a, b = row[first], row[second]
    return Answers(a, b, codes[a] == codes[b])


class Calibration:
    """One hierarchy, ready to hear answers. Making it takes about a second; everything after is quick.

    The same hierarchy and answers give the same choice and the same questions.
    """

    def __init__(self, hierarchy: Hierarchy, *, seed: int = SEED) -> None:
        self._seed = seed
        self._natural = hierarchy.natural_level
        self._chains = Chains.of(hierarchy)
        rng = np.random.default_rng([seed, 0])
        self._sample = sample_pairs(self._chains, rng)
        self._belief = Belief(self._sample, rng)

    @property
    def cuts(self) -> list[Cut]:
        """The candidates: every level, then cuts by link probability."""
        return self._chains.cuts

    def choose(self, answers: Answers | None = None, *, levels_only: bool = False) -> Choice:
        """The best cut by what the answers say, if that convinces; else the natural level.

        A handful of answers often speaks for another cut by chance: it must be better than the natural level with a
        belief of `CONVINCED`.
        """
        weights = self._weights(answers or Answers.none())
        expected = self._belief.expected(weights)
        scores, best = (
            self._belief.scores,
            int(expected[: self._chains.levels if levels_only else None].argmax()),
        )
        if weights @ (scores[:, best] > scores[:, self._natural]) < CONVINCED:
            best = self._natural
        order = np.argsort(scores[:, best])
        place = np.searchsorted(np.cumsum(weights[order]), [0.1, 0.9])
        low, high = scores[order[np.minimum(place, len(order) - 1)], best]
        near = scores[:, best] >= scores.max(1) - NEAR
        return Choice(
            cut=self.cuts[best],
            clusters=len(self._chains.sizes[best]),
            expected=float(expected[best]),
            low=float(low),
            high=float(high),
            sure=float(weights @ near),
            natural=float(expected[self._natural]),
        )

    def ask(
        self,
        answers: Answers | None = None,
        count: int = 1,
        *,
        leave_out: Sequence[tuple[int, int]] = (),
    ) -> list[tuple[int, int]]:
        """The pairs (row, row) to ask next, most telling first; fewer when no others are left.

        Every second one is not the most telling but drawn evenly from the sample, which holds pairs of every level:
        what is telling is judged by curves that may all be wrong.
        Pairs answered already and those in `leave_out` are not asked again.
        Of several, each after the first is chosen as if those before had been answered in some likely way, and they
        are spread over the levels up to `BEYOND` past the natural one: imagined answers alone lead astray.
        """
        answers = answers or Answers.none()
        asked = {frozenset(pair) for pair in zip(answers.a.tolist(), answers.b.tolist(), strict=True)}
        asked |= {frozenset(pair) for pair in leave_out}
        sample = self._sample
        known = np.array(
            [frozenset(p) in asked for p in zip(sample.a.tolist(), sample.b.tolist(), strict=True)], bool
        )
        rng, pairs = np.random.default_rng([self._seed, 1, len(asked)]), []
        stages = self._stages() if count > 1 else []
        for number in range(count):
            weights, elsewhere = self._weights(answers), np.zeros(len(sample), bool)
            if stages and not (known | ~stages[number % len(stages)]).all():
                elsewhere = ~stages[number % len(stages)]
            free = np.flatnonzero(~(known | elsewhere))
            if not len(free):
                break
            even = (len(asked) + number) % DRAWN_EVERY == DRAWN_EVERY - 1
            place = int(rng.choice(free)) if even else self._belief.question(weights, rng, free)
            a, b = int(sample.a[place]), int(sample.b[place])
            pairs.append((a, b))
            known |= ((sample.a == a) & (sample.b == b)) | ((sample.a == b) & (sample.b == a))
            imagined = rng.random() < float(weights @ self._belief.same[:, place])
            answers = Answers(
                np.append(answers.a, a),
                np.append(answers.b, b),
                np.append(answers.same, imagined),
            )
        return pairs

    def _stages(self) -> list[NDArray[np.bool_]]:
        """Of each level up to some past the natural one, which pairs of the sample it is the first to join."""
        joined = self._sample.joined[:, : self._chains.levels]
        first = np.where(joined.any(1), joined.argmax(1), self._chains.levels)
        last = self._natural + BEYOND
        return [first == level for level in range(1, last + 1) if (first == level).any()]

    def _weights(self, answers: Answers) -> NDArray[np.float64]:
        if not len(answers):
            return self._belief.weights(None)
        features = self._chains.features(answers.a, answers.b)
        return self._belief.weights(Answered(features, answers.same))
