"""How alike the surroundings of two linked nodes are: cosines of where short random walks over the links end.

    k-NN graph + P(same cluster)  ->  a share for every link, in [0, 1]

A link between two groups can be as probable as one within a group; but walks from its ends then end in different
places, while those of two nodes of one group mix. Knows nothing about networks, files or labels. Why it is there,
and its settings: benchmarks/LOG.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hilander.graph.either import Array, fetched, on_card
from hilander.graph.loops import wanted
from hilander.graph.threads import all_blocks, quiet
from hilander.hierarchy import walks_by_loops, walks_on_card
from hilander.hierarchy.walks_on_card import LEAST_PROB, LEAST_SHARE, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

TINY = 1e-12  # where every end was forgotten
ROWS = 16_384  # nodes whose walks are followed at a time


def shared_ends(neighbors: Array, link_prob: Array, on_block: Callable[[], None] = quiet) -> Array:
    """Of every link, the cosine of the distributions of where walks of `STEPS` steps from its two ends end.

    A walk goes to a neighbour, in either direction of a link, with probability proportional to the square of the
    link's greater P, or stays, with proportion 1: T = D^-1 (I + max(A, A^T)), A_ij = p_ij^2; and link i, j gets
    cos(e_i T^3, e_j T^3).

    Parameters
    ----------
    neighbors : int64 (n, m)    neighbour numbers, self excluded
    link_prob : float (n, m)    P(same cluster), in [0, 1]
    on_block : called, from this thread, while it goes on on the host; what it raises ends it

    Returns
    -------
    float32 (n, m)              in [0, 1]; 1 where the two ends share all their surroundings; of tensors on a card
                                one there, by `walks_on_card`, or from here where the card has too little room
    """
    if on_card(neighbors):
        if walks_on_card.fits(len(neighbors), neighbors.device):
            return walks_on_card.shared_ends(neighbors, link_prob)
        near, prob = fetched(neighbors, link_prob)
        followed = shared_ends(near, prob, on_block)
        return torch.from_numpy(followed).to(neighbors.device)
    if wanted(len(neighbors)):
        return walks_by_loops.shared_ends(neighbors, link_prob, on_block)
    return _by_matrices(neighbors, link_prob, on_block)


def _by_matrices(
    neighbors: NDArray[np.int64], link_prob: NDArray[np.floating[Any]], on_block: Callable[[], None]
) -> NDArray[np.float32]:
    n, m = neighbors.shape
    step = _steps(neighbors, link_prob)
    order = reverse_cuthill_mckee(step, symmetric_mode=True)  # what a walk can reach lies near in memory
    place_of = np.empty(n, np.int64)
    place_of[order] = np.arange(n)
    step, near = step[order][:, order], place_of[neighbors[order]]
    blocks = [slice(at, min(at + ROWS, n)) for at in range(0, n, ROWS)]
    parts: dict[int, csr_array] = {}
    found = np.empty((n, m), np.float32)

    def walk(rows: slice) -> None:
        parts[rows.start] = _ends(step, rows)

    def compare(rows: slice) -> None:
        own = ends[rows]
        for place in range(m):
            found[order[rows], place] = own.multiply(ends[near[rows, place]]).sum(1)

    all_blocks(walk, blocks, on_block)
    ends = vstack([parts[rows.start] for rows in blocks], format="csr")
    all_blocks(compare, blocks, on_block)
    return np.clip(found, 0, 1)


def _steps(neighbors: NDArray[np.int64], link_prob: NDArray[np.floating[Any]]) -> csr_array:
    n, m = neighbors.shape
    kept = link_prob > LEAST_PROB
    node = np.repeat(np.arange(n), m).reshape(n, m)
    pull = np.square(link_prob[kept], dtype=np.float32)
    links = csr_array((pull, (node[kept], neighbors[kept])), shape=(n, n))
    both = links.maximum(links.T) + diags_array(np.ones(n, np.float32))
    return _scaled(both, 1 / both.sum(1))


def _ends(step: csr_array, rows: slice) -> csr_array:
    """The distributions of where walks from some nodes end, each scaled to length 1."""
    ends = step[rows]
    for _ in range(STEPS - 1):
        ends = ends @ step
        ends.data[ends.data < LEAST_SHARE] = 0
        ends.eliminate_zeros()
    return _scaled(ends, 1 / np.sqrt(np.maximum(ends.multiply(ends).sum(1), TINY)))


def _scaled(rows: csr_array, by: NDArray[np.float32]) -> csr_array:
    return (diags_array(by.astype(np.float32)) @ rows).tocsr()
