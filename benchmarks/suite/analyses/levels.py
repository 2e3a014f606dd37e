"""Accuracy level by level (the paper's Figure 2), and one level against the hierarchy (its Table 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from suite.analyses.parts import DEV, SCORE_HEAD, Analysis, Options, lander, score_cells
from suite.datasets import MEASURED
from suite.figures import Bars, Panel
from suite.halves import unseen
from suite.ours import Ours, cluster
from suite.scoring import Row

if TYPE_CHECKING:
    from hilander.hierarchy.forest import Hierarchy

K = 10
CONVERGED, STOPPED = "converged (natural level)", "early stop"


def levels(options: Options) -> Analysis:
    """Accuracy against level."""
    found = {
        name: cluster(unseen(name), checkpoint=options.checkpoint, k=K, early_stop=False) for name in MEASURED
    }
    rows = [
        [name, str(level), *score_cells(row), _mark(level, ours.hierarchy)]
        for name, ours in found.items()
        for level, row in enumerate(ours.levels)
    ]
    text = (
        "Every level of the default checkpoint. Early stop: the level after which the released rule stops, its links "
        f"being more than one in {K - 1} of the level before. Levels past the natural one join the closest clusters."
    )
    head = ("data", "level", *SCORE_HEAD, "")
    return Analysis("Accuracy against level", text, head, rows, [_panel(n, o) for n, o in found.items()], "F")


def early_stop_level(hierarchy: Hierarchy, k: int = K) -> int:
    """The level at which the released rule stops: the first whose links are more than 1 / (k - 1) of those before.

    The natural level where the rule never holds.
    """
    links = [level.new_links for level in hierarchy.levels[: hierarchy.natural_level]]
    for level in range(2, len(links) + 1):
        if links[level - 2] < links[level - 1] * (k - 1):
            return level
    return hierarchy.natural_level


def _panel(name: str, ours: Ours) -> Panel:
    numbers = list(range(len(ours.levels)))
    curves = {
        "Fp": (numbers, [row.scores.Fp for row in ours.levels]),
        "Fb": (numbers, [row.scores.Fb for row in ours.levels]),
        "NMI": (numbers, [row.scores.NMI for row in ours.levels]),
    }
    marks = {CONVERGED: ours.hierarchy.natural_level, STOPPED: early_stop_level(ours.hierarchy)}
    return Panel(name, "level", curves, marks, whole=True)


def _mark(level: int, hierarchy: Hierarchy) -> str:
    marks = {CONVERGED: hierarchy.natural_level, STOPPED: early_stop_level(hierarchy)}
    return ", ".join(name for name, place in marks.items() if place == level)


def lander_vs_hilander(options: Options) -> Analysis:
    """LANDER (one level) against Hi-LANDER."""
    rows, groups = [], {}
    for name, one, whole in _pairs(options):
        rows += [[name, "one level", *score_cells(one)], [name, "hierarchy", *score_cells(whole)]]
        groups[name.replace(", ", "\n")] = {"LANDER: one level": one.score, "Hi-LANDER": whole.score}
    title = "LANDER against Hi-LANDER"
    text = (
        "Level 1 against the natural level of the same hierarchy; and the paper's network trained on the first level "
        f"alone, used for one level, against the one trained on all levels ({options.lander_epochs} epochs each, "
        "tau 0.8)."
    )
    return Analysis(title, text, ("network and data", "levels", *SCORE_HEAD), rows, [Bars(title, groups)])


def _pairs(options: Options) -> Iterator[tuple[str, Row, Row]]:
    for name in MEASURED:
        ours = cluster(unseen(name), checkpoint=options.checkpoint)
        yield f"default checkpoint, {name}", ours.levels[min(1, len(ours.levels) - 1)], ours.natural
    one = cluster(unseen(DEV), checkpoint=lander(options.lander_epochs, levels=1), levels=1).natural
    yield f"LANDER (GAT), {DEV}", one, cluster(unseen(DEV), checkpoint=lander(options.lander_epochs)).natural
