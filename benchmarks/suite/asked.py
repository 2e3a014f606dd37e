"""What is asked of the default checkpoint, held against what was measured.

Knows nothing about how anything was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from suite.report import Verdict
from suite.scoring import Row

FINE_SET = "omniglot dev"  # the fine-grained one, near the training data: a figure is asked for
FINE_ASKED = 0.83


@dataclass(frozen=True)
class Comparison:
    """One data set: hilander's two rows and those of the other methods at their best."""

    data: str
    natural: Row
    best: Row
    peers: Sequence[Row]

    @property
    def median(self) -> float:
        return median(row.score for row in self.peers)

    @property
    def top(self) -> Row:
        return max(self.peers, key=lambda row: row.score)

    def cells(self) -> list[str]:
        figures = (self.natural.score, self.best.score, self.median, self.top.score)
        return [self.data, *(f"{value:.3f}" for value in figures), self.top.method]


COMPARISON_HEAD = ("data", "natural level", "best level", "peers' median", "peers' best", "which")


def against_peers(one: Comparison) -> Iterator[Verdict]:
    """Must-show 1 for the fine set; must-show 2 for the others."""
    if one.data == FINE_SET:
        yield at_least(f"1. {one.data}: natural level", one.natural.score, FINE_ASKED)
        return
    yield at_least(f"2. {one.data}: natural level against the peers' median", one.natural.score, one.median)
    got, top = one.best.score, one.top.score
    yield Verdict(f"2. {one.data}: best level against every peer", f"> {top:.3f}", f"{got:.3f}", got > top)


def within(what: str, got: float, reference: float, allowed: float) -> Verdict:
    """A figure may lie at most `allowed` from a reference; rounding to three digits is allowed for."""
    difference = got - reference
    return Verdict(what, f"within {allowed:g}", f"{difference:+.3f}", abs(difference) <= allowed + 5e-4)


def at_least(what: str, got: float, asked: float) -> Verdict:
    return Verdict(what, f">= {asked:.3f}", f"{got:.3f}", got >= asked)


def at_most(what: str, got: float, asked: float) -> Verdict:
    return Verdict(what, f"<= {asked:.2f}", f"{got:.2f}", got <= asked)
