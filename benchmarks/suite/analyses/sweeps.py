"""Sensitivity to k and to tau: the natural level's score while one setting moves (the paper's Figure 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from suite.analyses.parts import DEV, SCORE_HEAD, Analysis, Options, lander, score_cells
from suite.datasets import MEASURED, Dataset
from suite.figures import Panel
from suite.halves import unseen
from suite.ours import cluster
from suite.scoring import Row

KS = (8, 9, 10, 11, 12)
TAUS = tuple(round(0.1 * i, 1) for i in range(1, 10))
PAPERS = "LANDER (GAT), omniglot dev"


def k(options: Options) -> Analysis:
    """Sensitivity to k."""
    text = "The natural level while k (the node itself counted) moves from 8 to 12; the networks stay as they are."
    return _sweep("Sensitivity to k", text, "k", KS, options)


def tau(options: Options) -> Analysis:
    """Sensitivity to tau."""
    text = "The natural level while the edge connection threshold moves; the networks stay as they are."
    return _sweep("Sensitivity to tau", text, "tau", TAUS, options)


def _sweep(title: str, text: str, name: str, values: Sequence[float], options: Options) -> Analysis:
    curves: dict[str, tuple[Sequence[float], list[float]]] = {}
    rows = []
    for label, data, checkpoint in _subjects(options):
        found = [natural(data, checkpoint, name, value) for value in values]
        curves[label] = (values, [row.score for row in found])
        rows += [[label, str(value), *score_cells(row)] for value, row in zip(values, found, strict=True)]
    panel = Panel(title, name, curves, whole=name == "k")
    return Analysis(title, text, ("network and data", name, *SCORE_HEAD), rows, [panel])


def _subjects(options: Options) -> Iterator[tuple[str, Dataset, str]]:
    for name in MEASURED:
        yield f"default checkpoint, {name}", unseen(name), options.checkpoint
    yield PAPERS, unseen(DEV), lander(options.lander_epochs)


def natural(data: Dataset, checkpoint: str, name: str, value: float) -> Row:
    """The natural level with one setting other than the default."""
    return cluster(data, checkpoint=checkpoint, **{name: value}).natural
