"""The images' own k-NN graph, kept beside the hierarchy: nearest images of an image, without another search.

Knows nothing about networks or levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from hilander.errors import InputError
from hilander.io.arrays import load_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBORS, SIMILARITY, NODE = "knn_neighbors.npy", "knn_similarity.npy", "knn_node.npy"
LINK_PROB = "knn_link_prob.npy"


@dataclass(frozen=True, eq=False)
class ImageGraph:
    """Exact copies share one row, since they were one node.

    Attributes
    ----------
    neighbors : int32 (u, m)     image numbers, most similar first; of copies the first stands for all
    similarity : float32 (u, m)  cosines, in [-1, 1]
    node : int32 (n,)            row of each image; None where u = n and it is its own number
    link_prob : float32 (u, m)   P(same cluster) as the first level judged it, in [0, 1]; None where it was not kept
    """

    neighbors: NDArray[np.int32]
    similarity: NDArray[np.float32]
    node: NDArray[np.int32] | None = None
    link_prob: NDArray[np.float32] | None = None

    @property
    def n(self) -> int:
        return len(self.neighbors if self.node is None else self.node)

    def near(self, image: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The nearest images of one, most similar first, and their cosines: int64 and float32 (m,)."""
        row = image if self.node is None else int(self.node[image])
        return self.neighbors[row].astype(np.int64), np.asarray(self.similarity[row])

    def save(self, folder: Path) -> None:
        np.save(folder / NEIGHBORS, self.neighbors)
        np.save(folder / SIMILARITY, self.similarity)
        if self.node is not None:
            np.save(folder / NODE, self.node)
        if self.link_prob is not None:
            np.save(folder / LINK_PROB, self.link_prob)

    @classmethod
    def load(cls, folder: Path, n: int) -> Self | None:
        """What `save` wrote, memory-mapped; None where a run keeps no graph.

        Raises
        ------
        InputError   the files do not belong to n images
        """
        if not (folder / NEIGHBORS).is_file():
            return None
        try:
            node, prob = (
                load_array(folder / name) if (folder / name).is_file() else None for name in (NODE, LINK_PROB)
            )
            found = cls(load_array(folder / NEIGHBORS), load_array(folder / SIMILARITY), node, prob)
            if found.n != n or found.neighbors.ndim != 2 or found.neighbors.shape != found.similarity.shape:
                raise ValueError(f"not a graph of {n:,} images")
            found._check(n)
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{folder} is damaged ({NEIGHBORS}: {error}). Cluster again.") from error
        return found

    def _check(self, n: int) -> None:
        """ValueError for numbers that name no image or row."""
        if self.neighbors.dtype != np.int32 or self.similarity.dtype != np.float32:
            raise ValueError("numbers of another type")
        if self.link_prob is not None and (
            self.link_prob.shape != self.neighbors.shape or self.link_prob.dtype != np.float32
        ):
            raise ValueError("probabilities of other links")
        if self.link_prob is not None and not ((self.link_prob >= 0) & (self.link_prob <= 1)).all():
            raise ValueError("probabilities out of range")
        named = [(self.neighbors, n)] + ([] if self.node is None else [(self.node, len(self.neighbors))])
        for numbers, most in named:
            if numbers.dtype.kind != "i" or (numbers.size and not 0 <= numbers.min() <= numbers.max() < most):
                raise ValueError("numbers out of range")
