"""`hilander.cluster`: embeddings in, hierarchy out; `hilander.add`: more of them in, without clustering again.

The calls under the command line, the app and the estimator.

Knows nothing about files (but checkpoints), jobs or pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.graph.loops import in_background
from hilander.hierarchy import add as adding
from hilander.hierarchy.addition import Addition, addition_of, all_ids
from hilander.hierarchy.build import Level, LevelSettings, ProgressCallback, build, levels
from hilander.hierarchy.card import build_on_card, fits
from hilander.hierarchy.copies import Distinct, distinct_rows
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.judged import Judged
from hilander.hierarchy.making import check_weights
from hilander.hierarchy.progress import Clock
from hilander.hierarchy.run import Run
from hilander.io.vectors import check_matrix, unit_vectors
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.lander import LANDER
from hilander.model.predict import NetworkPredictor, check_dimension, resolve_device
from hilander.model.whole import WHOLE_WIDTH

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
    stays = resolve_device(config.device) != "cpu" and config.engine == "torch" and config.knn != "approx"
    return clustered(x, config, progress, observe, on_card=stays)


def clustered(
    x: NDArray[Any],
    config: ClusterConfig,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
    *,
    on_card: bool,
) -> Hierarchy:
    """As `cluster`; `on_card` : levels stay on the device, which may be a CPU where a card's way is tested.

    Unless the first is too large for it: then it searches alone.
    """
    checkpoint = load_checkpoint(config.checkpoint)
    device = resolve_device(config.device)
    check_matrix(x)
    check_dimension(checkpoint.network, x)
    how = level_settings(config, checkpoint, device)
    fitting = not on_card or fits(x.shape, how)
    judging = device if fitting else "cpu"
    predictor = NetworkPredictor(checkpoint.network, engine=config.engine, device=judging)
    if on_card and fitting:
        return build_on_card(x, predictor, how, progress, observe)
    if judging == "cpu" and not isinstance(checkpoint.network, LANDER):
        in_background(len(x))  # while neighbours are searched
    return build(unit_vectors(x), predictor, how, progress, observe)


def add(
    run: Run,
    x: NDArray[Any],
    new: NDArray[Any],
    *,
    ids: NDArray[np.str_] | None = None,
    config: ClusterConfig | None = None,
    progress: ProgressCallback | None = None,
    **settings: Any,
) -> Addition:
    """Let new images join a run's hierarchy where a full run would put them, without clustering the old ones again.

    Neighbours of the new images are searched among all, their links judged by the network, and each joins at the
    first level that lets it, an old cluster or a new one of new images alone. No old link changes, so what was said
    of an image of the run still holds. The k-NN graph comes out as an exact search over all images would make it.

    Parameters
    ----------
    run : with its k-NN graph and the P of its links (`hilander cluster` keeps them); where they are missing the
        graph of the old images is searched and judged first
    x : (n, d), the embeddings that the run was made from, in its order; any real dtype
    new : (m, d), m >= 1, any real dtype; rows need not be of length 1
    ids : str (m,), unique; None where the run has none either, then they count on from n
    config : how the run was made; None takes what it says itself. `settings` are single fields and win over it
    progress : called as in `cluster`, at each level; may raise `Cancelled`. What a run without a graph needs first is
        its level 1

    Returns
    -------
    Addition   `.run` has n + m images, the old ones first; `.joined`, `.clusters` and `.due` say what happened

    Raises
    ------
    InputError   a checkpoint of other weights than those that made the run; embeddings that are not the run's;
                 another dimension; ids that the run has already or that are missing; a run in which nothing merged or
                 that has fewer than k images; and as `cluster`
    """
    config = replace(config or _config_of(run), **settings)
    checkpoint = load_checkpoint(config.checkpoint)
    check_weights(run.meta, checkpoint)
    device = resolve_device(config.device)
    _check_sizes(run, x, new)
    check_dimension(checkpoint.network, x)
    every = all_ids(run, ids, len(new))
    together = np.concatenate([unit_vectors(x), unit_vectors(new, name="the new embeddings")])
    predictor = NetworkPredictor(checkpoint.network, engine=config.engine, device=device)
    how = level_settings(config, checkpoint, device)
    distinct = distinct_rows(together[: run.hierarchy.n])
    judged = Judged.of(run.graph, _wholes_of(run), distinct) or _first_judged(
        distinct, predictor, how, progress
    )
    added = adding.add(run.hierarchy, judged, together, predictor, how, progress=progress)
    return addition_of(run, added, every)


def _config_of(run: Run) -> ClusterConfig:
    """The settings that a run says it was made with: the command line's, or the app's."""
    said = run.meta.get("config", run.meta.get("settings"))
    if said is None:
        raise InputError(
            "expected a run that says how it was made; got one that does not. Cluster all images together."
        )
    try:
        return ClusterConfig.from_dict(said)
    except TypeError as error:
        raise InputError(f"the run is damaged: its settings do not fit ({error}). Cluster again.") from error


def _wholes_of(run: Run) -> NDArray[np.float32] | None:
    """What the network saw of each level, unless it is of other levels or of a network that sees other things."""
    fits = run.wholes is not None and run.wholes.shape == (run.hierarchy.n_levels, WHOLE_WIDTH)
    return run.wholes if fits else None


def _check_sizes(run: Run, x: NDArray[Any], new: NDArray[Any]) -> None:
    check_matrix(x)
    check_matrix(new, name="the new embeddings")
    if len(x) != run.hierarchy.n:
        raise InputError(
            f"expected the embeddings of the run's {run.hierarchy.n:,} images; got {len(x):,}. "
            "Give the files that were clustered, all of them, in their order."
        )
    if new.shape[1] != x.shape[1]:
        raise InputError(
            f"expected new embeddings of {x.shape[1]} dimensions, as the run's; got {new.shape[1]}. "
            "Compute them with the same model."
        )


def _first_judged(
    distinct: Distinct, predictor: NetworkPredictor, how: LevelSettings, progress: ProgressCallback | None
) -> Judged:
    level = next(levels(distinct.nodes(), predictor, how, Clock(progress), with_converged=True), None)
    if level is None:
        raise InputError(
            "expected a run of two distinct images or more; got one. Cluster all images together."
        )
    return Judged(level.graph, level.prediction.link_prob.astype(np.float32))


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
