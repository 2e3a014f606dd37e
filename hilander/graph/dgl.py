"""A k-NN graph as a DGL graph. With `model.dgl_ops`, the only modules that know dgl."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hilander.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def import_dgl() -> Any:
    try:
        import dgl
        import dgl.ops
    except ImportError as error:
        raise InputError(
            "engine dgl needs the package dgl, which is not installed (dgl 1.1.3, Python below 3.12). "
            "Install it, or use engine torch: the same network and results."
        ) from error
    return dgl


def dgl_graph(neighbors: NDArray[np.int64], similarity: NDArray[np.float32] | None = None) -> Any:
    """A `dgl.DGLGraph` with an edge from every neighbour to its node; edge i * m + j is neighbour j of i."""
    dgl = import_dgl()
    n, m = neighbors.shape
    target = torch.arange(n).repeat_interleave(m)
    graph = dgl.graph((torch.from_numpy(np.ascontiguousarray(neighbors)).reshape(-1), target), num_nodes=n)
    if similarity is not None:
        graph.edata["similarity"] = torch.from_numpy(np.ascontiguousarray(similarity)).reshape(-1)
    return graph
