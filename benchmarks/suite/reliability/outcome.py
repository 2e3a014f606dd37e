"""One row of the table: a fault that was injected so often into one kind of work, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

HEAD = (
    "fault",
    "during",
    "times",
    "what a user sees",
    "records lost",
    "of",
    "partial files",
    "till gc",
    "wrong",
)
LONGEST = 400


@dataclass
class Outcome:
    """seen : what a user saw, and how often;  kept : acknowledged entries;  lost : of them, not there any more;
    left : half-made things that waited for `hilander gc`;  partial : those that were there after it;
    wrong : anything else that should not be, in words."""

    fault: str
    during: str
    times: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    left: int = 0
    partial: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.times > 0 and not (self.lost or self.partial or self.wrong)

    def cells(self) -> list[str]:
        seen = "<br>".join(f"{count} x {_cell(text)}" for text, count in self.seen.most_common())
        figures = [str(len(self.lost)), f"{self.kept:,}", str(len(self.partial)), str(self.left)]
        wrong = "<br>".join(_cell(text) for text in self.wrong) or "nothing"
        return [self.fault, self.during, str(self.times), seen, *figures, wrong]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:LONGEST]
