"""What an analysis is made of: its options in, its table and figure out; and the networks that several of them train.

Knows nothing about any one analysis.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hilander.model.checkpoint import save_checkpoint
from hilander.train.config import TrainConfig
from hilander.train.loop import TrainSet, train
from suite.datasets import load
from suite.figures import Bars, Panel
from suite.scoring import Row

SCORE_HEAD = ("score", "Fp", "Fb", "NMI", "clusters")
RELEASED_TAU = 0.8
RECIPE = {
    "model": "lander",
    "hidden": 256,
    "tau": RELEASED_TAU,
    "batch": 2048,
    "learning_rate": 0.015,
    "own_rounds": 0,
}
DEV, TRAIN = "omniglot dev", "omniglot train"


@dataclass(frozen=True)
class Options:
    """The default checkpoint (a shipped name or a folder), and how long the networks are trained."""

    checkpoint: str
    lander_epochs: int
    relational_epochs: int


@dataclass(frozen=True)
class Analysis:
    """What an analysis found: a title, a sentence on what was done, a table, and the figure's parts.

    of_default : whether the default checkpoint was among what was measured
    """

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    figure: Sequence[Panel | Bars]
    up: str = "score = (Fp + Fb) / 2"
    of_default: bool = True


def score_cells(row: Row) -> list[str]:
    got = row.scores
    return [*(f"{value:.3f}" for value in (row.score, got.Fp, got.Fb, got.NMI)), str(row.clusters)]


@cache
def lander(epochs: int, encoder: str = "gat", cluster_features: bool = False, levels: int = 4) -> str:
    """The paper's network trained on Omniglot `train`, near the released species recipe: a checkpoint folder.

    `RECIPE`, levels of the labels alone, k 10, 5 and 3. Trained once in a process.
    """
    config = TrainConfig(
        **RECIPE,  # type: ignore[arg-type]
        encoder=encoder,  # type: ignore[arg-type]
        cluster_features=cluster_features,
        levels=levels,
        epochs=epochs,
    )
    data = load(TRAIN)
    return trained(TrainSet.of(data.x, data.labels), config)


def trained(data: TrainSet, config: TrainConfig) -> str:
    """Train, and keep the checkpoint until the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="hilander-analysis-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    result = train([data], config)
    save_checkpoint(result.checkpoint("analysis"), folder / "checkpoint")
    return str(folder / "checkpoint")
