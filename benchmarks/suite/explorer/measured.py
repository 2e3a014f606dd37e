"""What was measured of the explorer: tables, and what was asked held against it. Knows nothing about browsers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from suite.report import Verdict, table

AT, LARGER, TIMES = 100_000, 1_000_000, 2.5  # the goals are for AT; at LARGER they may be missed by TIMES
SERVER_MB = 2_000
NOT_THERE = "not there"
HEAD = ("images", "action", "median ms", "p95 ms", "first ms", "processor ms: server", "browser", "of")
MEMORY_HEAD = ("images", "server's peak MB", "of it not files", "job process's peak MB")
UMAP_HEAD = (
    "images",
    "members",
    "first time ms",
    "second",
    "of it after the members",
    "members, first",
    "next page",
)
AT_ONCE = 150  # ms: a map that comes so soon after the page it is on


@dataclass(frozen=True)
class Timing:
    """One action on one size; ms : of each repeat, in order; server, browser : ms of their processor time, on
    average; together about what a machine with nothing else to do would take.

    why : why nothing was timed, "" where it was
    """

    images: int
    name: str
    what: str
    asked: float | None
    ms: Sequence[float] = ()
    server: float = 0.0
    browser: float = 0.0
    why: str = ""

    @property
    def median(self) -> float:
        return float(np.median(self.ms))

    @property
    def p95(self) -> float:
        return float(np.percentile(self.ms, 95))

    def cells(self) -> list[str]:
        if self.why:
            return [f"{self.images:,}", self.what, f"{NOT_THERE}: {self.why}", *[""] * 5]
        figures = (self.median, self.p95, self.ms[0], self.server, self.browser)
        return [f"{self.images:,}", self.what, *(f"{it:.0f}" for it in figures), str(len(self.ms))]


@dataclass(frozen=True)
class UmapTiming:
    """A cluster's own map; see umaps.py. why : why there is none, "" where there is."""

    images: int
    asked_size: int
    asked: float
    size: int = 0
    first: float = 0.0
    second: float = 0.0
    late: float = 0.0
    members: float = 0.0
    turned: float = 0.0
    why: str = ""

    def cells(self) -> list[str]:
        if self.why:
            return [f"{self.images:,}", f"{self.asked_size:,}", f"{NOT_THERE}: {self.why}", *[""] * 4]
        figures = (self.first, self.second, self.late, self.members, self.turned)
        return [f"{self.images:,}", f"{self.size:,}", *(f"{it:.0f}" for it in figures)]


@dataclass(frozen=True)
class Memory:
    """Peaks of one size, in MB; own : what the server had at the end without files that it maps."""

    images: int
    server: float
    own: float
    jobs: float

    def cells(self) -> list[str]:
        return [f"{self.images:,}", f"{self.server:.0f}", f"{self.own:.0f}", f"{self.jobs:.0f}"]


@dataclass(frozen=True)
class Measured:
    timings: list[Timing] = field(default_factory=list)
    umaps: list[UmapTiming] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)

    def tables(self) -> str:
        parts = (
            (HEAD, self.timings),
            (UMAP_HEAD, self.umaps),
            (MEMORY_HEAD, self.memory),
        )
        return "\n".join(table(head, (row.cells() for row in rows)) for head, rows in parts if rows)

    def verdicts(self) -> list[Verdict]:
        return [
            *(it for timing in self.timings for it in _timing(timing)),
            *(it for umap in self.umaps for it in _umap(umap)),
            *(it for memory in self.memory for it in _memory(memory)),
        ]

    def to_json(self, **facts: Any) -> str:
        rows = {name: [asdict(row) for row in getattr(self, name)] for name in ("timings", "umaps", "memory")}
        return json.dumps(facts | rows, indent=1) + "\n"


def _timing(it: Timing) -> Iterator[Verdict]:
    """The goal of 100,000 images; less must do as well, a million may take longer."""
    what = f"{it.images:,}: {it.what}"
    if it.why:
        yield Verdict(what, "there", NOT_THERE, ok=False)
    elif it.asked is not None:
        asked = it.asked * (TIMES if it.images > AT else 1)
        yield Verdict(what, f"<= {asked:.0f} ms", f"{it.median:.0f} ms", it.median <= asked)


def _umap(it: UmapTiming) -> Iterator[Verdict]:
    what = f"{it.images:,}: first UMAP of a cluster of about {it.asked_size:,}"
    if it.why:
        yield Verdict(what, "there", NOT_THERE, ok=False)
        return
    yield Verdict(what, f"<= {it.asked:.0f} ms", f"{it.first:.0f} ms", it.first <= it.asked)
    what = f"{it.images:,}: the second time, after the page around it"
    yield Verdict(what, f"<= {AT_ONCE} ms", f"{it.late:.0f} ms", it.late <= AT_ONCE)


def _memory(it: Memory) -> Iterator[Verdict]:
    if it.images >= LARGER:
        yield Verdict(
            f"{it.images:,}: the server", f"< {SERVER_MB} MB", f"{it.server:.0f} MB", it.server < SERVER_MB
        )


def short(verdicts: Iterable[Verdict]) -> bool:
    return not all(it.ok for it in verdicts)
