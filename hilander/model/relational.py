"""RelationalLANDER: a LANDER that sees relations only, so that one checkpoint serves any embedding.

    relations of nodes and edges  ->  P(linked) of every edge

Departs from the paper: no coordinates go in (see `relations`). A node's code is refined by what its edges say,
then an edge is judged from its own relations and the codes of its two ends.
Knows nothing about files, levels or training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from hilander.model.ops import MessagePassing
from hilander.model.relations import EDGE_WIDTH, NODE_WIDTH, Relations


@dataclass(frozen=True)
class RelationalConfig:
    """Sizes: `hidden`, width of node codes; `rounds`, times that neighbours' codes are mixed in, >= 0."""

    hidden: int = 64
    rounds: int = 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Standardize(nn.Module):
    """(values - mean) / spread, both fixed once from the training levels and kept in the checkpoint."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.mean: Tensor
        self.spread: Tensor

    def fit(self, values: Tensor) -> None:
        self.mean.copy_(values.mean(0))
        self.spread.copy_(values.std(0, correction=0).clamp_min(1e-3))

    def forward(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self.spread


class RelationalLANDER(nn.Module):
    """forward(relations, similarity float32 (n, m), ops) -> logits float32 (n, m, 2): not linked, linked."""

    def __init__(self, config: RelationalConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden
        self.node_norm = Standardize(NODE_WIDTH)
        self.edge_norm = Standardize(EDGE_WIDTH)
        self.node_mlp = nn.Sequential(
            nn.Linear(NODE_WIDTH + EDGE_WIDTH, hidden), nn.SiLU(), nn.Linear(hidden, hidden)
        )
        self.mix = nn.ModuleList(nn.Linear(2 * hidden, hidden) for _ in range(config.rounds))
        self.source = nn.Linear(hidden, hidden, bias=False)
        self.target = nn.Linear(hidden, hidden)
        self.edge_mlp = nn.Linear(EDGE_WIDTH, hidden)
        self.head = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2))

    def forward(self, relations: Relations, similarity: Tensor, ops: MessagePassing) -> Tensor:
        around = self.edge_norm(relations.edge.mean(1))
        h = self.node_mlp(torch.cat([self.node_norm(relations.node), around], dim=1))
        weights = torch.softmax(similarity * 8, dim=1)
        for mix in self.mix:
            h = h + torch.nn.functional.silu(mix(torch.cat([h, ops.weighted_sum(h, weights)], dim=1)))
        return ops.edges(self.source(h), self.target(h), relations.edge, self._judge)

    def _judge(self, source: Tensor, target: Tensor, edge: Tensor) -> Tensor:
        logits: Tensor = self.head(source + target + self.edge_mlp(self.edge_norm(edge)))
        return logits

    def fit_norms(self, levels: Sequence[Relations]) -> None:
        """Set the standardisation from the relations of all training levels, before training."""
        self.node_norm.fit(torch.cat([level.node for level in levels]))
        self.edge_norm.fit(torch.cat([level.edge.flatten(0, 1) for level in levels]))
