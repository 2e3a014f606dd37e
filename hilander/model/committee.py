"""Several RelationalLANDERs that judge together: the mean of their probabilities.

    relations of nodes, edges and the whole level  ->  the mean of the members' P(linked) of every edge

Networks of other seeds agree on what data say that are like those trained on, and differ by luck where they are not;
which level comes out as the natural one then depends on that luck, and on their mean much less (benchmarks/LOG.md).
Of many images one of them judges as well as their mean, in a third of the time; and a narrow network that it taught,
where there is one, in a third of that again: there one judges alone.
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
LARGE = 8_000  # images from which one network judges alone, at every level; benchmarks/LOG.md has both


@dataclass(frozen=True)
class CommitteeConfig:
    """`members` networks, 1 to `MOST`, all of the sizes of one `RelationalConfig`; `narrow`, the width of the one that
    stands in for the first where images are many, 0 where there is none."""

    members: int
    hidden: int = 64
    rounds: int = 2
    narrow: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Without a narrow one as before there were any: older versions read it."""
        return {name: value for name, value in asdict(self).items() if name != "narrow" or value}


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
        self.narrow = (
            RelationalLANDER(RelationalConfig(config.narrow, config.rounds)) if config.narrow else None
        )

    @classmethod
    def of(cls, networks: Sequence[RelationalLANDER], narrow: RelationalLANDER | None = None) -> Committee:
        """Trained networks of the same sizes, as they are; and one that the first of them taught, of as many rounds.

        Raises
        ------
        ValueError   none, sizes that differ, or other rounds of the narrow one
        """
        sizes = {one.config for one in networks}
        if len(sizes) != 1:
            raise ValueError(f"a committee's members have the same sizes; got {sizes or 'no members'}.")
        (size,) = sizes
        if narrow and narrow.config.rounds != size.rounds:
            raise ValueError(
                f"a narrow network has its committee's {size.rounds} rounds; got {narrow.config.rounds}."
            )
        width = narrow.config.hidden if narrow else 0
        made = cls(CommitteeConfig(len(networks), size.hidden, size.rounds, width))
        for member, network in zip(made.members, networks, strict=True):
            member.load_state_dict(network.state_dict())
        if narrow and made.narrow:
            made.narrow.load_state_dict(narrow.state_dict())
        return made

    def judges(self, images: int) -> Committee | RelationalLANDER:
        """Who judges the levels of so many images: all, or from `LARGE` on one: the narrow network, or else the first
        member."""
        first = self.members[0]
        assert isinstance(first, RelationalLANDER)
        return self if images < LARGE else self.narrow or first

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
