"""RelationalLANDER: a LANDER that sees relations only, so that one checkpoint serves any embedding.

    relations of nodes and edges  ->  P(linked) of every edge

Departs from the paper: no coordinates go in (see `relations`). A node's code is refined by what its edges say,
then an edge is judged from its own relations and the codes of its two ends.
Knows nothing about files, levels or training.
"""

from __future__ import annotations

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


class RelationalLANDER(nn.Module):
    """forward(relations, similarity float32 (n, m), ops) -> logits float32 (n, m, 2): not linked, linked."""

    def __init__(self, config: RelationalConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden
        self.node_norm = nn.BatchNorm1d(NODE_WIDTH, affine=False, momentum=None)
        self.edge_norm = nn.BatchNorm1d(EDGE_WIDTH, affine=False, momentum=None)
        self.node_mlp = nn.Sequential(
            nn.Linear(NODE_WIDTH + EDGE_WIDTH, hidden), nn.SiLU(), nn.Linear(hidden, hidden)
        )
        self.mix = nn.ModuleList(nn.Linear(2 * hidden, hidden) for _ in range(config.rounds))
        self.source = nn.Linear(hidden, hidden, bias=False)
        self.target = nn.Linear(hidden, hidden)
        self.edge_mlp = nn.Linear(EDGE_WIDTH, hidden)
        self.head = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2))

    def forward(self, relations: Relations, similarity: Tensor, ops: MessagePassing) -> Tensor:
        n, m, _ = relations.edge.shape
        edge = self.edge_norm(relations.edge.flatten(0, 1)).view(n, m, -1)
        h = self.node_mlp(torch.cat([self.node_norm(relations.node), edge.mean(1)], dim=1))
        weights = torch.softmax(similarity * 8, dim=1)
        for mix in self.mix:
            h = h + torch.nn.functional.silu(mix(torch.cat([h, ops.weighted_sum(h, weights)], dim=1)))
        ends = ops.edges(self.source(h), self.target(h), torch.add)
        logits: Tensor = self.head(ends + self.edge_mlp(edge))
        return logits
