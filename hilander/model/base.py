"""What goes into and comes out of a link predictor, whatever its kind (network or label oracle).

Arrays are numpy's; on a card tensors of the same dtypes, for all of one level and those made from it.
Knows nothing about files or how levels are built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hilander.graph.background import Background, background
from hilander.graph.either import Array, as_float, library, numbered

if TYPE_CHECKING:
    from hilander.graph.knn import KnnGraph

CANCELLED = np.float32(1e-5)  # a mean of unit vectors that is shorter has no direction but rounding's


@dataclass(frozen=True)
class Origin:
    """What every level descends from: the k-NN graph of the images, and the similarity of random images.

    link_prob : float32 (n0, m0), P(same cluster) of the images' own links as judged at the first level; None there
    kept : what a predictor has made of the above and will want again at the next levels
    """

    graph: KnnGraph
    background: Background
    link_prob: Array | None = None
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class LevelNodes:
    """The nodes of one level; a node is a cluster of the level below, shown by its peak image.

    Attributes
    ----------
    image : int64 (n,)      the peak image of each node, ascending
    x : float32 (n, d)      the peak's unit embedding (the paper's identity feature)
    mean : float32 (n, d)   mean of the unit embeddings of all images under the peak; not unit itself
    size : int64 (n,)       images under the peak, >= 1
    of : int64 (n0,)        the node that each node of the first level is now part of; None at the first level
    origin : of the first level; None there
    whole : `LinkPrediction.whole` of a level that these nodes are but a part of; None where they are all of it
    """

    image: Array
    x: Array
    mean: Array
    size: Array
    of: Array | None = None
    origin: Origin | None = None
    whole: Array | None = None

    def __len__(self) -> int:
        return len(self.image)

    def unit_mean(self) -> Array:
        """float32 (n, d): the means made unit. The peak's embedding where opposite images cancel out."""
        if self.mean is self.x:  # every image by itself
            return self.x
        lib = library(self.mean)
        length = lib.linalg.norm(self.mean, axis=1, keepdims=True)
        return lib.where(length > CANCELLED, self.mean / length.clip(CANCELLED), self.x)

    def clusters(self) -> Array:
        """int64 (n0,): the node of each node of the first level."""
        return numbered(self.image) if self.of is None else self.of

    def background(self) -> Background:
        """That of the images, computed at the first level and handed on from there."""
        return self.origin.background if self.origin else background(self.x)


@dataclass(frozen=True)
class LinkPrediction:
    """link_prob : float64 (n, m), P(same cluster) of each edge; density : float32 (n,) in [-1, 1].

    whole : float32, what the network saw of the level as a whole; None where it looks at nodes and edges alone.
    A trained network is often surer than float32 can tell from 1; float64 keeps such links in their order.
    """

    link_prob: Array
    density: Array
    whole: Array | None = None


class Predictor(Protocol):
    """Anything that can judge the edges of one level: a network, or the labels themselves."""

    def predict(
        self, graph: KnnGraph, nodes: LevelNodes, tick: Callable[[float], None] | None = None
    ) -> LinkPrediction:
        """Judge one level. `tick`, where given, hears the share done now and then, and may raise to stop."""
        ...

    def least_nodes(self, k: int) -> int:
        """The fewest nodes on which another level (after the first) is worth building."""
        ...


def pseudo_density(similarity: Array, link_prob: Array) -> Array:
    """Mean over the neighbours of similarity * (P(linked) - P(not linked)): Eq. 4, as released.

    A node without neighbours has density 0.
    """
    if similarity.shape[1] == 0:
        return similarity.sum(1)
    return as_float((similarity * (2 * link_prob - 1)).mean(1))
