"""A data set of which a part is held back, clustered, and then given the rest: beside a full run over everything.

Knows nothing about what is asked of the figures.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hilander import api
from hilander.config import ClusterConfig
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.run import Run
from hilander.metrics import scores
from suite.datasets import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.addition import Addition

Held = Literal["images", "classes"]
GROWN_HEAD = (
    "data", "held back", "share", "seed", "Fb full run", "Fb added", "difference", "Fb of the rest alone",
    "joined", "new clusters", "due", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Grown:
    """One data set and part of it held back: BCubed F at the natural levels, and what `add` said and took."""

    data: str
    held: Held
    share: float
    seed: int
    full: float
    added: float
    before: float
    joined: int
    new: int
    clusters: int
    due: bool
    seconds: float

    @property
    def difference(self) -> float:
        return self.added - self.full

    def cells(self) -> list[str]:
        figures = [f"{self.full:.4f}", f"{self.added:.4f}", f"{self.difference:+.4f}", f"{self.before:.4f}"]
        counts = [f"{self.joined:,} of {self.new:,}", str(self.clusters), "yes" if self.due else "no"]
        return [
            self.data,
            self.held,
            f"{self.share:.2f}",
            str(self.seed),
            *figures,
            *counts,
            f"{self.seconds:.1f}",
        ]


def cluster_and_keep(x: NDArray[np.float32], **settings: object) -> Run:
    """A run as `hilander cluster` keeps it."""
    config, first = ClusterConfig(**settings), FirstLevel(0, np.random.default_rng(0))  # type: ignore[arg-type]
    hierarchy = api.cluster(x, config=config, observe=first)
    return Run(hierarchy, None, {"config": config.to_dict()}, first.image_graph(x), first.wholes)


def grown(data: Dataset, full_fb: float, part: tuple[Held, float, int], checkpoint: str) -> Grown:
    """Hold a part back (what, its share, seed), cluster the rest, add it; `full_fb` is of a run over everything."""
    held, share, seed = part
    order, old = part_held_back(data, held, share, np.random.default_rng(seed))
    x, labels = data.x[order], data.labels[order]
    run = cluster_and_keep(x[:old], checkpoint=checkpoint)
    made, seconds = timed(run, x[:old], x[old:])
    return Grown(
        data.name,
        held,
        share,
        seed,
        full_fb,
        natural_fb(made.run, labels),
        natural_fb(run, labels[:old]),
        int(made.joined.sum()),
        made.new,
        made.clusters,
        made.due,
        seconds,
    )


def natural_fb(run: Run, labels: NDArray[np.int64]) -> float:
    return scores(labels, run.hierarchy.labels_at("natural")).Fb


def timed(run: Run, x: NDArray[np.float32], new: NDArray[np.float32]) -> tuple[Addition, float]:
    began = time.perf_counter()
    made = api.add(run, x, new)
    return made, time.perf_counter() - began


def part_held_back(
    data: Dataset, held: Held, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], int]:
    """Rows with those that are held back last, and how many come before them."""
    n = len(data.x)
    if held == "images":
        back = np.isin(np.arange(n), rng.permutation(n)[: int(share * n)])
    else:
        names = rng.permutation(np.unique(data.labels))
        back = np.isin(data.labels, names[: int(share * len(names))])
    return np.argsort(back, kind="stable"), int((~back).sum())
