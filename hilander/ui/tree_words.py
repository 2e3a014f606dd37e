"""What the boxes of the tree mean, in words and colours: hover texts, legend.

Knows nothing about Streamlit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hilander.ui.components.tree_view import Legend
from hilander.ui.words import count, share
from hilander.views.tree import LevelNodes
from hilander.views.tree_rows import BEFORE_FIRST, BRANCH, MORE, Drawn


@dataclass(frozen=True)
class Colour:
    """What boxes are coloured by.

    Attributes
    ----------
    label, help : for the switch and the legend
    of : the value of each box or cluster, in [0, 1], NaN where it has none
    bounds : the least values of the second to last shade
    words : of each shade, least first
    none : what having no value means
    said : the value in words
    """

    label: str
    help: str
    of: Callable[[Drawn | LevelNodes], np.ndarray]
    bounds: tuple[float, ...]
    words: tuple[str, ...]
    none: str
    said: str

    def shades(self, drawn: Drawn) -> list[str]:
        """ "s0" (least) to "s4" of each box, "none" without a value."""
        value = self.of(drawn)
        at = np.searchsorted(np.array(self.bounds, np.float32), value, "right")
        return [
            "none" if missing else f"s{shade}"
            for missing, shade in zip(np.isnan(value), at.tolist(), strict=True)
        ]

    def tell(self, value: float) -> str:
        """ "Weakest link inside 0.31, doubtful"."""
        return "" if np.isnan(value) else f"{self.said} {share(value)}, {self._word(value)}"

    def brief(self, value: float) -> str:
        """ "0.31, doubtful"."""
        return self.none if np.isnan(value) else f"{share(value)}, {self._word(value)}"

    def _word(self, value: float) -> str:
        at = int(np.searchsorted(np.array(self.bounds, np.float32), np.float32(value), "right"))
        return self.words[at].partition(":")[0]

    def legend(self, drawn: Drawn, *, cut: str) -> Legend:
        """What is to be seen; `cut` : what a line under a box means, empty where none is drawn."""
        groups = drawn.kind != BRANCH
        items = [(f"s{at}", words) for at, words in enumerate(self.words)]
        if (np.isnan(self.of(drawn)) & ~groups).any():
            items.append(("none", self.none))
        if groups.any():
            items.append(("none group", "many small ones, not to scale"))
        return Legend(self.label, self.help, (*items, *([("line", cut)] if cut else [])))


COLOURS = {
    "link": Colour(
        "Weakest link",
        "Least linkage probability among the links that hold a branch together, from 0 to 1. Low: somewhere in it, "
        "two things were joined that the network would rather keep apart.",
        lambda drawn: drawn.weakest,
        (0.2, 0.4, 0.6, 0.8),
        (
            "very doubtful: under 0.2",
            "doubtful: 0.2 to 0.4",
            "open: 0.4 to 0.6",
            "likely: 0.6 to 0.8",
            "sure: 0.8 and more",
        ),
        "no link inside",
        "Weakest link inside",
    ),
    "purity": Colour(
        "Purity",
        "Share of the commonest label among the images of a branch whose label is known, from 0 to 1. 1: all the same.",
        lambda drawn: drawn.purity,
        (0.5, 0.75, 0.9, 1.0),
        (
            "very mixed: under 0.5",
            "mixed: 0.5 to 0.75",
            "mostly one: 0.75 to 0.9",
            "nearly pure: 0.9 to 1",
            "pure: 1",
        ),
        "no label known",
        "Purity",
    ),
}


def hover_texts(drawn: Drawn, names: list[str], values: list[str]) -> list[str]:
    """Lines about each box. names : of its peak, maybe with its label;  values : of its colour, in words."""
    return [
        _hover(drawn, at, name, value) for at, (name, value) in enumerate(zip(names, values, strict=True))
    ]


def _hover(drawn: Drawn, at: int, name: str, value: str) -> str:
    size, number, parts = int(drawn.size[at]), int(drawn.count[at]), int(drawn.parts[at])
    kind, row = int(drawn.kind[at]), int(drawn.bottom[at])
    if kind != BRANCH:
        which = {MORE: "smaller", BEFORE_FIRST: "larger"}[kind]
        many = f"{number:,} {which} {'one' if number == 1 else 'ones'}"
        return f"{many}\n{count(size, 'image')} together\nClick to look through them"
    lines = [f"Peak {name}" if name else "Everything", f"{count(size, 'image')}{_lives(drawn, at)}", value]
    if parts:
        lines.append(f"Made of {parts_words(parts, drawn.levels[row])}")
    lines.append("" if at == 0 else "Click to look inside" if size > 1 else "Click to look at it")
    return "\n".join(filter(None, lines))


def _lives(drawn: Drawn, at: int) -> str:
    """The levels at which a branch is a cluster by itself."""
    formed, lasts = int(drawn.formed[at]), int(drawn.lasts[at])
    if formed < 0:
        return ""
    return f" · level {formed}" if formed == lasts else f" · levels {formed} to {lasts}"


def parts_words(parts: int, level: int) -> str:
    """ "4 clusters of level 3", "12 single images"."""
    return count(parts, "single image") if level == 0 else f"{count(parts, 'cluster')} of level {level}"
