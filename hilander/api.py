"""`hilander.cluster`: embeddings in, hierarchy out. The one call under the command line, the app and the estimator.

Knows nothing about files (but checkpoints), jobs or pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hilander.config import ClusterConfig
from hilander.hierarchy.build import Level, LevelSettings, ProgressCallback, build
from hilander.hierarchy.forest import Hierarchy
from hilander.io.vectors import unit_vectors
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.predict import NetworkPredictor, check_dimension, resolve_device

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cluster(
    x: NDArray[Any],
    *,
    config: ClusterConfig | None = None,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
    **settings: Any,
) -> Hierarchy:
    """Cluster embeddings with Hi-LANDER: no threshold to guess, no number of clusters.

    Parameters
    ----------
    x : (n, d), n >= 1, any real dtype, memory-mapped or not; rows need not be of length 1
    config : how; `settings` are single fields of `ClusterConfig` and win over it
    progress : called often with a `Progress`; may raise `Cancelled` to stop
    observe : called with each `Level` when it is finished, say a `FirstLevel` to compare with the training data

    Returns
    -------
    Hierarchy   `labels_at("natural")` are the clusters; the same input, settings and machine give the same

    Raises
    ------
    InputError  rows that are zero, NaN or infinite (named), an unknown checkpoint or one of another dimension,
                settings out of range, a device or engine that is not there
    """
    config = replace(config or ClusterConfig(), **settings)
    checkpoint = load_checkpoint(config.checkpoint)
    device = resolve_device(config.device)
    check_dimension(checkpoint.network, x)
    predictor = NetworkPredictor(checkpoint.network, engine=config.engine, device=device)
    return build(unit_vectors(x), predictor, level_settings(config, checkpoint, device), progress, observe)


def level_settings(config: ClusterConfig, checkpoint: Checkpoint, device: str) -> LevelSettings:
    """The level loop's settings, what the user left open taken from the checkpoint."""
    return LevelSettings(
        k=checkpoint.k if config.k is None else config.k,
        tau=checkpoint.tau if config.tau is None else config.tau,
        levels=config.levels,
        early_stop=checkpoint.early_stop if config.early_stop is None else config.early_stop,
        knn=config.knn,
        device=device,
        coarser=config.coarser,
        feature=checkpoint.feature,
        linking=checkpoint.linking,
        first_tau=checkpoint.first_tau,
    )
