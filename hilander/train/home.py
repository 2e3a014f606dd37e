"""What a trained network sees of the sets that it was trained on: kept in its checkpoint, to compare others with.

Knows nothing about optimisers or epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hilander.hierarchy.build import LevelSettings, build
from hilander.hierarchy.first_level import FirstLevel
from hilander.model.predict import Network, NetworkPredictor
from hilander.model.profile import Profile
from hilander.train.sets import TrainSet


def home(network: Network, sets: Sequence[TrainSet], settings: LevelSettings) -> tuple[Profile, ...]:
    """Profiles of the first level of each set, built as a clustering with the finished checkpoint builds it.

    A set of equal rows has none.
    """
    predictor = NetworkPredictor(network, device=settings.device, as_trained=True)
    rng = np.random.default_rng(0)
    found = []
    for one in sets:
        first = FirstLevel(settings.k - 1, rng)
        build(one.x, predictor, replace(settings, levels=1), observe=first)
        found.append(first.profile)
    return tuple(profile for profile in found if profile is not None)
