"""What a clustering writes of its making into its run's meta; `making` reads it.

    checkpoint, settings, what looked on  ->  facts

Knows nothing about who asked for it or about files.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from hilander.graph.knn import chosen_method
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.making import WEIGHTS
from hilander.hierarchy.progress import Stopwatch
from hilander.hierarchy.schedule import LevelSettings
from hilander.model.checkpoint import Checkpoint

PACKAGES = ("hilander", "torch", "numpy")


def facts(
    checkpoint: Checkpoint, settings: LevelSettings, first: FirstLevel, watch: Stopwatch, dim: int
) -> dict[str, Any]:
    """What a clustering says of its making, JSON-able.

    Parameters
    ----------
    settings : as the level loop had them, the device resolved
    first, watch : which looked on
    dim : of the embeddings
    """
    n = 0 if first.graph is None else first.graph.n
    return {
        "checkpoint": checkpoint.name,
        WEIGHTS: checkpoint.weights_sha256,
        "k": settings.k,
        "tau": settings.tau,
        "early_stop": settings.early_stop,
        "search": chosen_method(n, dim, settings.knn, settings.device),
        "recall": first.recall,
        "device": settings.device,
        "stages": {stage: round(spent, 3) for stage, spent in watch.seconds.items()},
        "versions": {name: version(name) for name in PACKAGES},
    }
