"""Grocery and sign digits in two halves by class: A may be trained on, B then measures on classes unseen.

The whole sets are measured on elsewhere and are never trained on.
"""

from __future__ import annotations

import numpy as np

from checkpoint_data.labelled import Labelled
from suite.datasets import load

HALVED = ("grocery", "sign digits")  # in this order: one generator cuts them all
SEED = 9


def halves() -> dict[str, Labelled]:
    """`grocery_A`, `grocery_B`, `sign_digits_A`, `sign_digits_B`: x float32 (n, d) unit rows; A has no more classes."""
    rng = np.random.default_rng(SEED)
    found: dict[str, Labelled] = {}
    for name in HALVED:
        whole = load(name)
        first, second = halved(Labelled(whole.x, whole.labels), rng)
        stem = name.replace(" ", "_")
        found |= {f"{stem}_A": first, f"{stem}_B": second}
    return found


def halved(whole: Labelled, rng: np.random.Generator) -> tuple[Labelled, Labelled]:
    """Half of the classes, rounded down, drawn at random; and the others."""
    names = rng.permutation(np.unique(whole.labels))
    inside = np.isin(whole.labels, names[: len(names) // 2])
    return whole.part(inside), whole.part(~inside)
