"""The k-NN graph that every level of Hi-LANDER starts from.

    unit vectors  ->  neighbours and cosine similarities, in two (n, k-1) arrays

Knows nothing about networks, labels, files or levels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hilander.config import KnnMethod, check_k
from hilander.graph.approx import approx_neighbors
from hilander.graph.either import Array
from hilander.graph.exact import exact_neighbors
from hilander.io.vectors import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

# From here on all pairs take seconds on two cores (benchmarks/LOG.md); n * n * d, multiply-adds.
APPROX_FROM_COST = 1e11
Fraction = Callable[[float], None]


@dataclass(frozen=True)
class KnnGraph:
    """Each node's nearest neighbours by cosine, most similar first, itself left out.

    Attributes
    ----------
    neighbors : int64 (n, m)     node numbers; m = min(k, n) - 1, since k counts the node itself. Both are numpy's;
        tensors of a card while the level loop runs there (`graph.either`)
    similarity : float32 (n, m)  cosines, in [-1, 1], descending along each row
    recall : share of true neighbours among them, in [0, 1]; estimated on a sample where the search was approximate
    """

    neighbors: Array
    similarity: Array
    recall: float = 1.0

    def __post_init__(self) -> None:
        if self.neighbors.ndim != 2 or self.neighbors.shape != self.similarity.shape:
            raise ValueError(
                f"neighbors and similarity must be two (n, m) arrays of one shape; "
                f"got {self.neighbors.shape} and {self.similarity.shape}"
            )

    @property
    def n(self) -> int:
        return int(self.neighbors.shape[0])

    @property
    def n_edges(self) -> int:
        return self.n * int(self.neighbors.shape[1])

    @classmethod
    def build(
        cls,
        x: NDArray[Any],
        *,
        k: int = 10,
        method: KnnMethod = "auto",
        device: str = "cpu",
        progress: Fraction | None = None,
    ) -> KnnGraph:
        """Check and normalise `x`, then search it.

        Parameters
        ----------
        x : (n, d) of any real dtype; memory-mapped arrays stay on disk until their block's turn
        k : neighbours of a node, itself counted, >= 2; clipped to n
        method : "exact" (O(n^2 d) time, O(n k) memory), "approx" (`approx`), "auto" (by cost)
        device : torch device of the exact search
        progress : called with the share done, 0 to 1; may raise to stop

        Raises
        ------
        InputError  not a 2-d numeric array; rows that are zero, NaN or infinite (named); k < 2
        """
        return cls.from_unit(unit_vectors(x), k=k, method=method, device=device, progress=progress)

    @classmethod
    def from_unit(
        cls,
        x: NDArray[np.float32],
        *,
        k: int,
        method: KnnMethod = "auto",
        device: str = "cpu",
        progress: Fraction | None = None,
    ) -> KnnGraph:
        """As `build`, for float32 rows that are already of length 1 (not checked again)."""
        check_k(k)
        n, dim = x.shape
        m = min(k, n) - 1
        report = progress or (lambda _share: None)
        if m == 0:
            return cls(np.empty((n, 0), np.int64), np.empty((n, 0), np.float32))
        if chosen_method(n, dim, method, device) == "approx":
            return cls(*approx_neighbors(x, m, report))
        return cls(*exact_neighbors(x, m, device, report))

    def to_dgl(self) -> Any:
        """The same edges as a `dgl.DGLGraph`, neighbour -> node, edge i * m + j, `similarity` in edata."""
        from hilander.graph.dgl import dgl_graph

        return dgl_graph(self.neighbors, self.similarity)


def chosen_method(
    n: int, dim: int, method: KnnMethod, device: str, *, from_cost: float = APPROX_FROM_COST
) -> KnnMethod:
    """What "auto" stands for: exact on a GPU or while all pairs are cheap, else approximate."""
    if method != "auto":
        return method
    cost = cast(float, n) * n * dim
    return "exact" if device != "cpu" or cost < from_cost else "approx"
