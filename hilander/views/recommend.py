"""Which level to take, and why: answers beat labels, labels beat what the network thought.

    level table, what is known  ->  Recommendation (level, reason in words)

Knows nothing about how answers are judged (calibrate) or where they are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.views.levels import LevelRow

ENOUGH = 20  # answers, from which on they count even where they leave the level as it is


@dataclass(frozen=True)
class Answered:
    """How many questions were answered, and the level that the answers speak for."""

    answers: int
    level: int


@dataclass(frozen=True)
class Labelled:
    """known : images with a label;  total : images;  telling : whether some are alike and some are not."""

    known: int
    total: int
    telling: bool

    @property
    def words(self) -> str:
        """ "120 of 8,000 images labelled", or that all are."""
        if self.known == self.total:
            return f"all {self.total:,} images labelled"
        return f"{self.known:,} of {self.total:,} images labelled"


@dataclass(frozen=True)
class Recommendation:
    """level : to take;  by : "answers", "labels", "network" or "end";  reason : after "recommended" and a colon."""

    level: int
    by: str
    reason: str


def labelled(codes: NDArray[np.int64]) -> Labelled:
    """What labels say at all: codes int64 (n,), -1 where unknown. One identity, or one image of each, tells nothing."""
    known = codes[codes >= 0]
    images = np.bincount(known)
    return Labelled(len(known), len(codes), bool((images > 1).any() and (images > 0).sum() > 1))


def recommend(
    rows: Sequence[LevelRow],
    *,
    labels: Labelled | None = None,
    answered: Answered | None = None,
    stopped: str = "",
) -> Recommendation:
    """The level to take.

    Parameters
    ----------
    rows : `level_table`, one of them natural
    labels : None without labels
    answered : None before the first answer. A few that speak for no other level than the natural one do not count
    stopped : why the run ended where it did when the network did not decide, such as "stopped after 3 levels"
    """
    natural = next(row.level for row in rows if row.natural)
    if answered and (answered.level != natural or answered.answers >= ENOUGH):
        return Recommendation(answered.level, "answers", _by_answers(answered))
    if labels and labels.telling and rows[natural].scores:
        level = _best_labelled(rows, natural)
        return Recommendation(level, "labels", _by_labels(rows[level], labels))
    if len(rows) == 1:
        return Recommendation(0, "end", "no two images were alike enough to be linked.")
    if stopped:
        return Recommendation(natural, "end", f"the run {stopped}; the network may have gone on.")
    return Recommendation(natural, "network", "the network found no more links worth making.")


def nearest_level(rows: Sequence[LevelRow], clusters: int) -> int:
    """The level whose number of clusters is nearest, as a ratio: 200 is as far from 100 as 50 is. Ties: the coarser."""
    far = [abs(np.log(row.clusters / max(1, clusters))) for row in rows]
    return min(range(len(rows)), key=lambda level: (far[level], -level))


def _best_labelled(rows: Sequence[LevelRow], natural: int) -> int:
    """The level of the best Fb; of several, the one nearest to the natural level."""
    best = max(row.scores.Fb for row in rows if row.scores)
    able = [row.level for row in rows if row.scores and row.scores.Fb >= best - 1e-9]
    return min(able, key=lambda level: (abs(level - natural), level))


def _by_answers(answered: Answered) -> str:
    if answered.answers == 1:
        return "your 1 answer speaks for it."
    return f"your {answered.answers:,} answers speak for it."


def _by_labels(row: LevelRow, labels: Labelled) -> str:
    on = (
        f"all {labels.known:,} labels"
        if labels.known == labels.total
        else f"the {labels.known:,} labelled images"
    )
    assert row.scores
    return f"best Fb ({row.scores.Fb:.2f}) on {on}."
