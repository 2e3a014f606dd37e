"""What was found, kind of fault by kind of fault: as text, and kept beside what was found of other kinds before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from suite.reliability.outcome import HEAD, Outcome
from suite.report import RESULTS, table, write_result

NAME = "reliability"


@dataclass(frozen=True)
class Part:
    """All faults of one kind, and when and on what they were injected."""

    name: str
    where: str
    outcomes: list[Outcome]


def keep(parts: Sequence[Part], order: Sequence[str]) -> Path:
    """These parts in place of the ones of the same names, in this order; the text's path."""
    found = {part.name: part for part in (*_kept(), *parts)}
    all_of_them = [found[name] for name in order if name in found]
    content = [vars(part) | {"outcomes": [vars(it) for it in part.outcomes]} for part in all_of_them]
    write_result(f"{NAME}.json", json.dumps(content, indent=1) + "\n")
    return write_result(f"{NAME}.md", as_text(all_of_them))


def _kept() -> list[Part]:
    path = RESULTS / f"{NAME}.json"
    found = json.loads(path.read_text()) if path.exists() else []
    return [Part(it["name"], it["where"], [_outcome(one) for one in it["outcomes"]]) for it in found]


def _outcome(values: dict[str, object]) -> Outcome:
    return Outcome(**(values | {"seen": Counter(values["seen"])}))  # type: ignore[arg-type]


def as_text(parts: Sequence[Part]) -> str:
    blocks = (f"{part.where}\n\n{table(HEAD, (it.cells() for it in part.outcomes))}" for part in parts)
    return "\n".join(["# Reliability\n", *blocks, _sum([it for part in parts for it in part.outcomes])])


def _sum(found: list[Outcome]) -> str:
    times, kept = sum(it.times for it in found), sum(it.kept for it in found)
    lost, partial = sum(len(it.lost) for it in found), sum(len(it.partial) for it in found)
    wrong = sum(len(it.wrong) for it in found)
    return (
        f"{times:,} faults; {kept:,} acknowledged entries of the journal, {lost} lost; {partial} partial files; "
        f"{wrong} other things wrong.\n"
    )
