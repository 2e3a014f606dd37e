"""Profiles by hand: distributions that are even between two ends."""

from __future__ import annotations

from typing import Any

from hilander.model.profile import POINTS, Profile


def even(low: float, high: float) -> tuple[float, ...]:
    return tuple(low + (high - low) * i / (POINTS - 1) for i in range(POINTS))


def profile(**changed: Any) -> Profile:
    values = {
        **{"n": 200, "neighbors": 9, "mutual": 0.6, "background": 0.0, "background_spread": 0.1},
        **{"similarity": even(0.6, 0.9), "best": even(0.7, 0.9), "density": even(0.4, 0.8)},
    }
    return Profile(**values | changed)
