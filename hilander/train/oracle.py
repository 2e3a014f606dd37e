"""The labels as a link predictor: what a perfect network would say.

Passed to the level loop it gives the paper's ground-truth levels. Knows nothing about networks.
Source: Xing et al., ICCV 2021, section 3.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hilander.model.base import LevelNodes, LinkPrediction, pseudo_density

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.graph.knn import KnnGraph


class LabelOracle:
    """P(linked) is 1 within an identity and 0 across; density follows by Eq. 4.

    Parameters
    ----------
    labels : int64 (n,)   identity of each image
    """

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.labels = labels

    def least_nodes(self, k: int) -> int:
        return 2

    def predict(
        self,
        graph: KnnGraph,
        nodes: LevelNodes,
        tick: Callable[[float], None] | None = None,
    ) -> LinkPrediction:
        label = self.labels[nodes.image]
        link_prob = (label[graph.neighbors] == label[:, None]).astype(np.float64)
        return LinkPrediction(link_prob, pseudo_density(graph.similarity, link_prob))
