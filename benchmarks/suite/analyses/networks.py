"""The paper's network in four forms: attention or graph convolution, peak features or peak and mean (Figure 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suite.analyses.parts import DEV, SCORE_HEAD, Analysis, Options, lander, score_cells
from suite.analyses.sweeps import TAUS, natural
from suite.datasets import load
from suite.figures import Panel
from suite.scoring import Row

Form = tuple[str, bool]  # encoder, with the cluster's mean beside the peak
ENCODERS: Mapping[str, Form] = {
    "attention (GAT)": ("gat", False),
    "graph convolution": ("gcn", False),
}
FEATURES: Mapping[str, Form] = {
    "GAT, peak": ("gat", False),
    "GAT, peak and mean": ("gat", True),
    "graph convolution, peak": ("gcn", False),
    "graph convolution, peak and mean": ("gcn", True),
}
TEXT = "Networks trained alike on Omniglot `train`, {epochs} epochs each; the natural level on `dev` for each tau."


def encoder(options: Options) -> Analysis:
    """GAT against graph convolution."""
    return _forms("GAT against graph convolution", ENCODERS, options)


def aggregation(options: Options) -> Analysis:
    """What stands for a cluster at the next level: its peak, or its peak and its mean."""
    return _forms("Node features: peak, or peak and mean", FEATURES, options)


def _forms(title: str, forms: Mapping[str, Form], options: Options) -> Analysis:
    found = {name: _over_tau(form, options) for name, form in forms.items()}
    rows = [
        [name, str(tau), *score_cells(row)]
        for name, every in found.items()
        for tau, row in zip(TAUS, every, strict=True)
    ]
    curves = {name: (TAUS, [row.score for row in every]) for name, every in found.items()}
    text = TEXT.format(epochs=options.lander_epochs)
    head = ("network", "tau", *SCORE_HEAD)
    return Analysis(title, text, head, rows, [Panel(title, "tau", curves)], of_default=False)


def _over_tau(form: Form, options: Options) -> Sequence[Row]:
    checkpoint, data = lander(options.lander_epochs, *form), load(DEV)
    return [natural(data, checkpoint, "tau", tau) for tau in TAUS]
