"""Several RelationalLANDERs that judge together: the mean of their probabilities.

    relations of nodes, edges and the whole level  ->  the mean of the members' P(linked) of every edge

Networks of other seeds agree on what data say that are like those trained on, and differ by luck where they are not;
which level comes out as the natural one then depends on that luck, and on their mean much less (benchmarks/LOG.md).
Of many images one of them judges as well as their mean, in a third of the time: there it judges alone.
Knows nothing about files, levels or training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from hilander.model.ops import MessagePassing
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.model.relations import Relations

MOST = 100  # members; a checkpoint that names more is damaged
LARGE = 8_000  # images from which the first member judges alone, at every level; benchmarks/LOG.md has both


@dataclass(frozen=True)
class CommitteeConfig:
    """`members` networks, 1 to `MOST`, all of the sizes of one `RelationalConfig`."""

    members: int
    hidden: int = 64
    rounds: int = 2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Committee(nn.Module):
    """forward(relations, similarity float32 (n, m), ops) -> logits float64 (n, m, 2): not linked, linked.

    They are logs of the members' mean probabilities, so their difference is the log-odds of the mean, and still told
    from others where all members are sure.
    """

    def __init__(self, config: CommitteeConfig) -> None:
        super().__init__()
        if not 1 <= config.members <= MOST:
            raise ValueError(f"a committee has 1 to {MOST} members; got {config.members}.")
        self.config = config
        sizes = RelationalConfig(config.hidden, config.rounds)
        self.members = nn.ModuleList(RelationalLANDER(sizes) for _ in range(config.members))

    @classmethod
    def of(cls, networks: Sequence[RelationalLANDER]) -> Committee:
        """Trained networks of the same sizes, as they are.

        Raises
        ------
        ValueError   none, or sizes that differ
        """
        sizes = {one.config for one in networks}
        if len(sizes) != 1:
            raise ValueError(f"a committee's members have the same sizes; got {sizes or 'no members'}.")
        (size,) = sizes
        made = cls(CommitteeConfig(len(networks), size.hidden, size.rounds))
        for member, network in zip(made.members, networks, strict=True):
            member.load_state_dict(network.state_dict())
        return made

    def judges(self, images: int) -> Committee | RelationalLANDER:
        """Who judges the levels of so many images: all, or from `LARGE` on the first member."""
        first = self.members[0]
        assert isinstance(first, RelationalLANDER)
        return self if images < LARGE else first

    @property
    def edge_width(self) -> int:
        """How many relations of a link its members see."""
        member = self.members[0]
        assert isinstance(member, RelationalLANDER)
        return member.edge_width

    def forward(self, relations: Relations, similarity: Tensor, ops: MessagePassing) -> Tensor:
        each = torch.stack([torch.diff(one(relations, similarity, ops)).double() for one in self.members])
        return torch.cat([_log_mean(logsigmoid(-each)), _log_mean(logsigmoid(each))], dim=2)


def _log_mean(logs: Tensor) -> Tensor:
    """Log of the mean over the first axis of the values whose logs these are."""
    return torch.logsumexp(logs, dim=0) - math.log(len(logs))
