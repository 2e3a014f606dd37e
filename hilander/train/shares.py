"""What is true of the links between clusters that are not pure: the share of image pairs that are of one identity.

Knows nothing about networks or losses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:
    from numpy.typing import NDArray


def true_shares(
    neighbors: NDArray[np.int64], clusters: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.float32]:
    """P(same identity) of an image of node i and one of its neighbour: float32 (n, m), in [0, 1].

    Between single images it is 0 or 1, the paper's label of a link.

    Parameters
    ----------
    neighbors : int64 (n, m)
    clusters : int64 (n0,)   node of each image
    labels : int64 (n0,)     identity of each image
    """
    n, m = neighbors.shape
    codes = np.unique(labels, return_inverse=True)[1]
    counts = csr_array((np.ones(len(codes), np.float32), (clusters, codes)), shape=(n, codes.max() + 1))
    parts = (diags_array(1 / np.bincount(clusters, minlength=n)) @ counts).tocsr()
    shares = [np.asarray(parts.multiply(parts[neighbors[:, j].copy()]).sum(1)).ravel() for j in range(m)]
    return np.stack(shares, axis=1).astype(np.float32)
