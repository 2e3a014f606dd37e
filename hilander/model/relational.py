"""RelationalLANDER: a LANDER that sees relations only, so that one checkpoint serves any embedding.

    relations of nodes, edges and the whole level  ->  P(linked) of every edge

Departs from the paper: no coordinates go in (see `relations`). A node's code begins with what it, its edges and the
level as a whole say, is refined by its neighbours' codes, each let through by what the edge says; then an edge is
judged from its own relations and the codes of its two ends.
Knows nothing about files, levels or training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from hilander.model.ops import MessagePassing
from hilander.model.relations import EDGE_WIDTH, NODE_WIDTH, Relations
from hilander.model.whole import WHOLE_WIDTH

FAR = 5.0  # spreads from the training levels' mean beyond which a value says no more


@dataclass(frozen=True)
class RelationalConfig:
    """Sizes: `hidden`, width of node codes; `rounds`, times that neighbours' codes are mixed in, >= 0."""

    hidden: int = 64
    rounds: int = 2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Standardize(nn.Module):
    """(values - mean) / spread, cut off at `FAR`; both fixed once from the training levels, and kept with them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.mean: Tensor
        self.spread: Tensor

    def fit(self, values: Tensor) -> None:
        self.mean.copy_(values.mean(0))
        self.spread.copy_(values.std(0, correction=0).clamp_min(1e-3))

    def bounds(self) -> tuple[Tensor, Tensor]:
        """The values at which it cuts off."""
        return self.mean - FAR * self.spread, self.mean + FAR * self.spread

    def forward(self, values: Tensor) -> Tensor:
        return ((values - self.mean) / self.spread).clamp(-FAR, FAR)


class Mix(nn.Module):
    """One round: the neighbours' codes, gated by their edges; their mean and their largest, added to one's own."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.value = nn.Linear(hidden, hidden)
        self.gate = nn.Linear(EDGE_WIDTH, hidden)
        self.blend = nn.Linear(3 * hidden, hidden)

    def forward(self, h: Tensor, edge: Tensor, norm: Standardize, ops: MessagePassing) -> Tensor:
        pooled = ops.gated(self.value(h), edge, lambda one: torch.sigmoid(self.gate(norm(one))))
        return h + silu(self.blend(torch.cat([h, pooled], dim=1)))


class RelationalLANDER(nn.Module):
    """forward(relations, similarity float32 (n, m), ops) -> logits float32 (n, m, 2): not linked, linked."""

    def __init__(self, config: RelationalConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden
        self.node_norm = Standardize(NODE_WIDTH)
        self.edge_norm = Standardize(EDGE_WIDTH)
        self.whole_norm = Standardize(WHOLE_WIDTH)
        width = NODE_WIDTH + EDGE_WIDTH + WHOLE_WIDTH
        self.node_mlp = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.mix = nn.ModuleList(Mix(hidden) for _ in range(config.rounds))
        self.source = nn.Linear(hidden, hidden, bias=False)
        self.target = nn.Linear(hidden, hidden)
        self.edge_mlp = nn.Linear(EDGE_WIDTH, hidden)
        self.head = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2))

    @property
    def edge_width(self) -> int:
        """How many relations of a link it sees."""
        return len(self.edge_norm.mean)

    def forward(self, relations: Relations, similarity: Tensor, ops: MessagePassing) -> Tensor:
        edge = relations.edge
        h = self.node_mlp(self._first_codes(relations))
        for mix in self.mix:
            h = mix(h, edge, self.edge_norm, ops)
        return ops.edges(self.source(h), self.target(h), edge, self._judge)

    def _first_codes(self, relations: Relations) -> Tensor:
        around = self.edge_norm(relations.mean_edges())
        whole = self.whole_norm(relations.whole).expand(len(around), -1)
        return torch.cat([self.node_norm(relations.node), around, whole], dim=1)

    def _judge(self, source: Tensor, target: Tensor, edge: Tensor) -> Tensor:
        logits: Tensor = self.head(source + target + self.edge_mlp(self.edge_norm(edge)))
        return logits

    def fit_norms(self, levels: Sequence[Relations]) -> None:
        """Set the standardisation from the relations of all training levels, before training."""
        self.node_norm.fit(torch.cat([level.node for level in levels]))
        self.edge_norm.fit(torch.cat([level.edge.flatten(0, 1) for level in levels]))
        self.whole_norm.fit(torch.stack([level.whole for level in levels]))
