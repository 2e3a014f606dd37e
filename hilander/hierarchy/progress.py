"""Where the level loop stands, told while it runs. Knows nothing about what the loop computes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["knn", "links", "merge", "done"]


@dataclass(frozen=True)
class Progress:
    """Where the level loop stands.

    Attributes
    ----------
    level : the level being built, from 1
    stage : "knn" (searching), "links" (the network runs), "merge" (level finished), "done" (all finished)
    nodes, edges : of this level's graph (edges 0 until the search is over)
    new_links : links this level made (from "merge" on)
    seconds : since the start of the whole run
    fraction : share of this stage done, 0 to 1
    coarser : this level is past the natural one
    """

    level: int
    stage: Stage
    nodes: int
    edges: int
    new_links: int
    seconds: float
    fraction: float
    coarser: bool = False


ProgressCallback = Callable[[Progress], None]


class Stopwatch:
    """A callback that adds up the seconds of each stage over all levels, and passes records on.

    seconds : by stage; "knn", "links" (the network and the choice of links), "merge" (the next level's nodes)
    """

    def __init__(self, callback: ProgressCallback | None = None) -> None:
        self.callback = callback
        self.seconds: dict[Stage, float] = {"knn": 0.0, "links": 0.0, "merge": 0.0}
        self._before: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        if self._before and self._before.stage in self.seconds:
            self.seconds[self._before.stage] += progress.seconds - self._before.seconds
        self._before = progress
        if self.callback:
            self.callback(progress)


class Clock:
    """Turns what the loop is doing into `Progress` records."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self.callback = callback
        self.began = time.perf_counter()
        self.level = self.nodes = self.edges = 0
        self.coarser = False

    def start(self, level: int, nodes: int, *, coarser: bool) -> None:
        self.level, self.nodes, self.edges, self.coarser = level, nodes, 0, coarser
        self.knn(0.0)

    def knn(self, fraction: float) -> None:
        self.tell("knn", 0, fraction)

    def links(self, fraction: float) -> None:
        self.tell("links", 0, fraction)

    def tell(self, stage: Stage, new_links: int, fraction: float) -> None:
        if self.callback:
            seconds = time.perf_counter() - self.began
            counts = (self.nodes, self.edges, new_links)
            self.callback(Progress(self.level, stage, *counts, seconds, fraction, self.coarser))
