"""Training and test data of like and of unlike cluster sizes (the two settings of the paper's Tables 2 and 3).

Both are made by subsampling Omniglot: so many images of every class, or a few of most and all of some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hilander.train.config import TrainConfig
from hilander.train.loop import TrainSet
from suite.analyses.parts import DEV, RECIPE, SCORE_HEAD, TRAIN, Analysis, Options, score_cells, trained
from suite.compared import best_of
from suite.datasets import Dataset, load
from suite.figures import Bars
from suite.ours import cluster
from suite.peers import finch

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVEN = 8  # images of each class; the uneven sets have about as many images
FEWEST, MOST = 2, 20  # images of a class in the uneven sets, evenly on a log scale
SIZES = ("even", "uneven")
NETWORKS = ("relational", "lander")


def sizes(options: Options) -> Analysis:
    """Train and test of like and of unlike cluster sizes."""
    tests = {kind: part_of(load(DEV), kind) for kind in SIZES}
    rows, parts = [], []
    for model in NETWORKS:
        groups: dict[str, dict[str, float]] = {f"tested on\n{kind}": {} for kind in SIZES}
        for training in SIZES:
            checkpoint = _trained(model, training, options)
            for kind, test in tests.items():
                row = cluster(test, checkpoint=checkpoint).natural
                groups[f"tested on\n{kind}"][f"trained on {training} sizes"] = row.score
                rows.append([model, training, kind, _like(training, kind), *score_cells(row)])
        parts.append(Bars(model, groups))
    rows += [
        ["FINCH, best layer", "", kind, "", *score_cells(best_of(test, "FINCH", finch))]
        for kind, test in tests.items()
    ]
    head = ("network", "trained on", "tested on", "", *SCORE_HEAD)
    title = "Like and unlike cluster sizes"
    return Analysis(title, _text(tests, options), head, rows, parts, of_default=False)


def part_of(data: Dataset, kind: str, seed: int = 0) -> Dataset:
    """A part of every class: `EVEN` images of each, or from `FEWEST` to `MOST`, evenly on a log scale."""
    rng = np.random.default_rng(seed)
    kept = np.sort(np.concatenate([_some(data.labels, one, kind, rng) for one in np.unique(data.labels)]))
    return Dataset(f"{data.name}, {kind} sizes", data.x[kept], data.labels[kept])


def _some(labels: NDArray[np.int64], one: int, kind: str, rng: np.random.Generator) -> NDArray[np.int64]:
    count = EVEN if kind == "even" else int(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST + 1))))
    return rng.permutation(np.flatnonzero(labels == one))[:count]


def _trained(model: str, kind: str, options: Options) -> str:
    data = part_of(load(TRAIN), kind)
    if model == "lander":
        config = TrainConfig(**RECIPE, epochs=options.lander_epochs)  # type: ignore[arg-type]
    else:
        config = TrainConfig(epochs=options.relational_epochs, layers=2)
    return trained(TrainSet.of(data.x, data.labels), config)


def _like(training: str, test: str) -> str:
    return "like" if training == test else "unlike"


def _text(tests: Mapping[str, Dataset], options: Options) -> str:
    counts = " and ".join(f"{len(test.labels):,} ({kind})" for kind, test in tests.items())
    return (
        f"Even: {EVEN} images of each class; uneven: {FEWEST} to {MOST}, evenly on a log scale. Trained on parts of "
        f"Omniglot `train` (relational {options.relational_epochs} epochs, lander {options.lander_epochs}), tested on "
        f"parts of `dev` of {counts} images; natural level. FINCH's layer is chosen with the labels."
    )
