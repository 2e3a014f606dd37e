"""A training so far, as curves and in numbers: plain data for whoever draws it.

    records of epochs (services.training)  ->  Learning

Knows nothing about networks, stores or charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Record = Mapping[str, Any]
LOSSES = {"link_loss": "linkage", "density_loss": "density"}
SCORES = {"Fp": "Fp", "Fb": "Fb", "NMI": "NMI"}
PACE = 10  # epochs whose mean time is the pace


@dataclass(frozen=True)
class Curve:
    """One curve: y[i] after epoch x[i]; epochs without a value are left out."""

    name: str
    x: list[int]
    y: list[float]


@dataclass(frozen=True)
class Learning:
    """What the curves and figures of one training show.

    losses, scores : curves; scores are of the held-out identities, empty without validation
    best_epoch : whose network is kept; None without validation
    best : Fp, Fb and NMI of that epoch, empty without validation
    seconds_left : at the pace of the last epochs, None before two are over; fewer when training stops early
    """

    losses: list[Curve]
    scores: list[Curve]
    best_epoch: int | None
    best: dict[str, float]
    seconds_left: float | None


def learning(history: Sequence[Record]) -> Learning:
    """Curves and figures of the epochs so far."""
    best_epoch = history[-1]["best_epoch"] if history else None
    best = next((it for it in history if it["epoch"] == best_epoch), {})
    return Learning(
        losses=_curves(history, LOSSES),
        scores=_curves(history, SCORES),
        best_epoch=best_epoch,
        best={name: best[name] for name in SCORES if best.get(name) is not None},
        seconds_left=_seconds_left(history),
    )


def _curves(history: Sequence[Record], names: Mapping[str, str]) -> list[Curve]:
    found = []
    for field, name in names.items():
        known = [(int(it["epoch"]), float(it[field])) for it in history if it[field] is not None]
        if known:
            found.append(Curve(name, [x for x, _ in known], [y for _, y in known]))
    return found


def _seconds_left(history: Sequence[Record]) -> float | None:
    """Steps that go back in time (a resumed training counts from 0 again) tell no pace."""
    last = history[-PACE - 1 :]
    steps: list[float] = [
        (after["seconds"] - before["seconds"]) / (after["epoch"] - before["epoch"])
        for before, after in pairwise(last)
        if after["seconds"] >= before["seconds"] and after["epoch"] > before["epoch"]
    ]
    if not steps:
        return None
    return sum(steps) / len(steps) * int(history[-1]["epochs"] - history[-1]["epoch"])
