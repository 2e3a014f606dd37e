"""How good the cut is that answers to "same or different?" choose, the answers simulated from the labels.

Regret: score of the best of all candidate cuts, less that of the chosen one. Asked: the questions that
`hilander.calibrate` thinks most telling; random: pairs of images drawn evenly. Each seed draws its own sample of
pairs and its own hypotheses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.calibrate.choose import Answers, Calibration
from suite.report import Verdict
from suite.scoring import measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from suite.datasets import Dataset

COUNTS = (0, 5, 10, 20, 40)
SEEDS = 20
ASKED, ALLOWED = 20, 0.02
ANSWERS_HEAD = (
    "data",
    "answers",
    "best cut",
    *(f"after {count}" for count in COUNTS),
    "90th percentile after 20",
)


@dataclass(frozen=True)
class Regrets:
    """float64 (seeds, len(COUNTS)): regret after so many answers; best: the score of the best candidate cut."""

    data: str
    way: str
    best: float
    regret: NDArray[np.float64]

    def cells(self) -> list[str]:
        mean, high = self.regret.mean(0), np.quantile(self.regret[:, COUNTS.index(ASKED)], 0.9)
        return [self.data, self.way, f"{self.best:.3f}", *(f"{value:.3f}" for value in mean), f"{high:.3f}"]

    def verdict(self) -> Verdict:
        got = float(self.regret[:, COUNTS.index(ASKED)].mean())
        what = f"3. {self.data}: {ASKED} answers, below the best cut"
        return Verdict(what, f"<= {ALLOWED:g}", f"{got:.3f}", got <= ALLOWED)


def regrets(data: Dataset, hierarchy: Hierarchy, *, seeds: int = SEEDS) -> tuple[Regrets, Regrets]:
    """By the questions that calibration asks, and by random pairs."""
    makers = [Calibration(hierarchy, seed=seed) for seed in range(seeds)]
    scores = {
        cut: measure(data.name, "", "", data.labels, cut.labels(hierarchy)).score for cut in makers[0].cuts
    }
    best = max(scores.values())
    found = []
    for way, answering in (("asked", _asked), ("random pairs", _random)):
        after = [
            [best - scores[one.choose(answers).cut] for answers in answering(one, data.labels, seed)]
            for seed, one in enumerate(makers)
        ]
        found.append(Regrets(data.name, way, best, np.array(after)))
    return found[0], found[1]


def _asked(calibration: Calibration, labels: NDArray[np.int64], seed: int) -> Iterator[Answers]:
    """The answers given so far, at each of COUNTS."""
    answers = Answers.none()
    for number in range(max(COUNTS) + 1):
        if number in COUNTS:
            yield answers
        for a, b in calibration.ask(answers):
            answers = _more(answers, a, b, same=bool(labels[a] == labels[b]))


def _random(calibration: Calibration, labels: NDArray[np.int64], seed: int) -> Iterator[Answers]:
    pairs = np.random.default_rng(seed).integers(0, len(labels), (4 * max(COUNTS), 2))
    a, b = pairs[pairs[:, 0] != pairs[:, 1]][: max(COUNTS)].T
    for count in COUNTS:
        yield Answers(a[:count], b[:count], (labels[a] == labels[b])[:count])


def _more(answers: Answers, a: int, b: int, *, same: bool) -> Answers:
    return Answers(np.append(answers.a, a), np.append(answers.b, b), np.append(answers.same, same))
