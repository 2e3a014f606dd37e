"""How well a network under training clusters identities that it does not train on.

Knows nothing about optimisers or epochs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hilander.hierarchy.build import LevelSettings, build
from hilander.metrics import Scores, scores
from hilander.model.predict import Network, NetworkPredictor
from hilander.train.config import TrainConfig
from hilander.train.records import Pulse, no_pulse
from hilander.train.sets import TrainSet, split_identities


def split(sets: Sequence[TrainSet], config: TrainConfig) -> tuple[list[TrainSet], list[TrainSet]]:
    """What is trained on, and what is held out of each set (nothing where `config.validation` is 0)."""
    if config.validation == 0:
        return list(sets), []
    rng = np.random.default_rng([config.seed, 1])
    sides = [split_identities(one, config.validation, rng) for one in sets]
    return [fit for fit, _ in sides], [held for _, held in sides]


def validate(
    network: Network, held: Sequence[TrainSet], settings: LevelSettings, pulse: Pulse = no_pulse
) -> Scores:
    """Scores at the natural level, as the checkpoint would give it; of several sets the mean."""
    predictor = NetworkPredictor(network, device=settings.device, as_trained=True)
    built = (build(one.x, predictor, settings, lambda _progress: pulse()) for one in held)
    each = [scores(one.labels, made.labels_at("natural")) for one, made in zip(held, built, strict=True)]
    means = np.mean([(one.Fp, one.Fb, one.NMI) for one in each], axis=0)
    return Scores(*map(float, means))


def natural_settings(config: TrainConfig, device: str) -> LevelSettings:
    """The level loop as it runs with the finished checkpoint and default settings."""
    return LevelSettings(
        k=max(config.ks),
        tau=config.tau,
        early_stop=config.early_stop,
        device=device,
        feature=config.feature,
        linking=config.linking,
        first_tau=config.first_tau,
    )
