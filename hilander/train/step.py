"""The gradients of one training step, the edges block by block: judged, and learned from, at once.

    network + Part  ->  gradients of its parameters, both losses

An edge's losses depend on no other node's edges. So once the nodes' own values are there, each block of edges is
judged, its losses taken and their gradients handed back to the nodes before the next block's turn: the result is
that of judging all edges first, while no more than a block's values ever exist, and those stay in the cache.
Knows nothing about optimisers or levels.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from hilander.model.linear import rounds
from hilander.model.ops import EdgeFunction, TorchOps
from hilander.model.predict import Network
from hilander.train.loss import losses
from hilander.train.samples import Part

BLOCK_VALUES = {"cpu": 500_000, "cuda": 50_000_000}  # floats in the widest tensor of a block of edges
ROWS_STEP = 128  # nodes of a block are a multiple of it: products of other sizes are filled up to one


class Ends(TorchOps):
    """Message passing on a part that stops short of the edges, and keeps what they would be judged from.

    Attributes
    ----------
    source (r, a), target (s, b), edge (r, m, c), judge : as given to `edges`
    """

    def __init__(self, part: Part) -> None:
        super().__init__(part.neighbors)
        self.sizes = part.within
        self.source = self.target = self.edge = torch.empty(0)
        self.judge: EdgeFunction

    def within(self, hops: int) -> TorchOps:
        return TorchOps(self.neighbors[: self.sizes[hops]])

    def edges(self, source: Tensor, target: Tensor, edge: Tensor, function: EdgeFunction) -> Tensor:
        """No logits: an empty tensor."""
        self.source, self.target, self.edge, self.judge = source, target[: self.sizes[0]], edge, function
        return source[:0]


def learn(network: Network, part: Part, density_weight: float, weight: float = 1.0) -> tuple[float, float]:
    """Add the gradients of `weight` * (link loss + `density_weight` * density loss) to the network's parameters.

    Returns
    -------
    mean loss of the counted links, mean loss of the densities
    """
    ends = Ends(part)
    network(part.inputs, part.similarity, ends)
    grads = torch.zeros_like(ends.source), torch.empty_like(ends.target)
    total = torch.zeros(2, device=ends.source.device)
    scale = torch.tensor([1 / max(1.0, float(part.counted.sum())), 1 / len(part)], device=total.device)
    weighted = scale * torch.tensor([weight, weight * density_weight], device=total.device)
    for rows in _blocks(part, ends, 2 if rounds(network) else 1):
        found = _learn_block(part, ends, rows, weighted, grads)
        total += found * scale
    torch.autograd.backward([ends.source, ends.target], list(grads))
    link, density = total.tolist()
    return link, density


def _blocks(part: Part, ends: Ends, times: int) -> Iterator[slice]:
    """Rows of the seeds, `times` as many as usual: values of half the size leave as much room in the cache."""
    widest = max(ends.source.shape[1], ends.target.shape[1]) * part.neighbors.shape[1]
    fit = times * BLOCK_VALUES[ends.source.device.type] // max(1, widest)
    rows = max(ROWS_STEP, fit // ROWS_STEP * ROWS_STEP)
    return (slice(start, min(start + rows, len(part))) for start in range(0, len(part), rows))


def _learn_block(
    part: Part, ends: Ends, rows: slice, weights: Tensor, grads: tuple[Tensor, Tensor]
) -> Tensor:
    """Both summed losses of the seeds `rows`; gradients go to `grads` (of source and target) and parameters."""
    around = part.neighbors[rows]
    n, m = around.shape
    source = ends.source.detach().index_select(0, around.flatten()).requires_grad_()
    target = ends.target.detach()[rows].requires_grad_()
    own = target.unsqueeze(1).expand(-1, m, -1).flatten(0, 1)
    logits = ends.judge(source, own, ends.edge[rows].flatten(0, 1)).view(n, m, 2)
    found = torch.stack(
        losses(logits, part.similarity[rows], part.linked[rows], part.counted[rows], part.density[rows])
    )
    (found @ weights).backward()  # type: ignore[no-untyped-call]
    assert source.grad is not None
    assert target.grad is not None
    grads[0].index_add_(0, around.flatten(), source.grad)
    grads[1][rows] = target.grad
    return found.detach()
