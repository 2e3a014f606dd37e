"""`HiLander`, a scikit-learn estimator over `hilander.cluster`. One of the modules that know scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from hilander.api import cluster
from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig, Device, Engine, KnnMethod, LevelChoice
from hilander.hierarchy.forest import Hierarchy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class HiLander(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Hi-LANDER clustering with scikit-learn's manners.

    Parameters
    ----------
    level : the level that `labels_` shows: "natural" (where the network converged), "last" (the coarsest), or a number
    checkpoint, k, tau, levels, early_stop, coarser, knn, engine, device : as in `hilander.ClusterConfig`

    Attributes
    ----------
    hierarchy_ : Hierarchy          all levels
    labels_ : int32 (n,)            clusters at `level`, numbered from 0
    n_clusters_ : int               how many there are
    n_features_in_ : int            dimension of the embeddings
    """

    def __init__(
        self,
        *,
        level: LevelChoice = "natural",
        checkpoint: str = DEFAULT_CHECKPOINT,
        k: int | None = None,
        tau: float | None = None,
        levels: int = 10,
        early_stop: bool | None = None,
        coarser: bool = True,
        knn: KnnMethod = "auto",
        engine: Engine = "torch",
        device: Device = "auto",
    ) -> None:
        self.level = level
        self.checkpoint = checkpoint
        self.k = k
        self.tau = tau
        self.levels = levels
        self.early_stop = early_stop
        self.coarser = coarser
        self.knn = knn
        self.engine = engine
        self.device = device

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Cluster the rows of X, (n, d), n >= 1; y is ignored."""
        x: NDArray[Any] = validate_data(self, X, dtype="numeric")
        settings = self.get_params()
        level = settings.pop("level")
        self.hierarchy_: Hierarchy = cluster(x, config=ClusterConfig(**settings))
        self.labels_ = self.hierarchy_.labels_at(level)
        self.n_clusters_ = int(np.max(self.labels_)) + 1
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "hierarchy_")
