"""Results as Markdown: tables, what was asked and what was got, and a page that says where and when.

Knows nothing about methods or data.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from hilander.io.atomic import atomic_path
from hilander.model.checkpoint_info import SHIPPED, WEIGHTS
from suite.scoring import Row

RESULTS = Path(__file__).resolve().parents[1] / "results"
ROW_HEAD = ("data", "method", "score", "Fp", "Fb", "NMI", "clusters", "seconds", "best of", "setting")


@dataclass(frozen=True)
class Verdict:
    """One thing that was asked for: the figure asked, the figure got, and whether that is enough."""

    what: str
    asked: str
    got: str
    ok: bool

    def cells(self) -> list[str]:
        return [self.what, self.asked, self.got, "ok" if self.ok else "short"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def row_cells(row: Row) -> list[str]:
    got = row.scores
    figures = [f"{value:.3f}" for value in (row.score, got.Fp, got.Fb, got.NMI)]
    tried = str(row.tried) if row.tried > 1 else ""
    return [row.data, row.method, *figures, str(row.clusters), f"{row.seconds:.1f}", tried, row.setting]


def rows_table(rows: Iterable[Row]) -> str:
    return table(ROW_HEAD, map(row_cells, rows))


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    return table(("what", "asked", "got", ""), (one.cells() for one in verdicts))


def circumstances(packages: Sequence[str], checkpoint: str | None) -> str:
    """One paragraph: date, machine, versions, and which weights the checkpoint (a shipped name or a folder) has."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    cores = len(os.sched_getaffinity(0))
    told = f"{date.today().isoformat()}, {cores} cores, Python {platform.python_version()}, {versions}."
    return f"{told} {_weights(checkpoint)}\n" if checkpoint else f"{told}\n"


def _weights(checkpoint: str) -> str:
    folder = SHIPPED / checkpoint if (SHIPPED / checkpoint).is_dir() else Path(checkpoint)
    weights = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:12]
    return f"Checkpoint `{folder.name}`, weights {weights}."


def write_result(name: str, text: str) -> Path:
    """Keep a text under benchmarks/results/, whole or not at all."""
    with atomic_path(RESULTS / name) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return RESULTS / name
