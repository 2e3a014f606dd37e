"""Networks that another one learns from: what it is told of a level is the mean of their judgements, not the labels.

    LevelSample + networks  ->  LevelSample whose `linked` is their mean P(linked)

Networks of the same data and other seeds agree on what the data say and differ in their luck; one that is taught
their mean comes out nearly as steady as that mean, at the cost of one (benchmarks/LOG.md).
Source: Hinton, Vinyals, Dean, 2015 (arXiv 1503.02531), with P in place of softened classes.
Knows nothing about epochs or how levels are built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from hilander.errors import InputError
from hilander.model.ops import TorchOps
from hilander.model.predict import Network
from hilander.model.relational import RelationalLANDER
from hilander.model.relations import Relations
from hilander.train.samples import LevelSample


@dataclass(frozen=True)
class Teachers:
    """Trained relational networks, at least one, all on `device`.

    Raises
    ------
    InputError   none, or one that sees coordinates, which hold in its own embedding space alone
    """

    networks: tuple[RelationalLANDER, ...]
    device: str

    @classmethod
    def of(cls, networks: Sequence[Network], device: str) -> Teachers:
        relational = [one for one in networks if isinstance(one, RelationalLANDER)]
        if not relational or len(relational) < len(networks):
            raise InputError(
                "teachers must be relational networks, one or more; got "
                f"{[type(one).__name__ for one in networks]}. Leave the others out."
            )
        return cls(tuple(one.to(device).eval() for one in relational), device)

    def facts(self) -> dict[str, Any]:
        """Their number, and a hash of all weights: what a set is told by, beside its own facts."""
        digest = hashlib.sha256()
        for network in self.networks:
            for name, value in network.state_dict().items():
                digest.update(name.encode())
                digest.update(value.cpu().contiguous().numpy().data)
        return {"teachers": len(self.networks), "teachers_sha256": digest.hexdigest()}

    def taught(self, sample: LevelSample) -> LevelSample:
        """The level with `linked` float32 (n, m) from the teachers; what a link counts for stays."""
        return replace(sample, linked=self.link_prob(sample))

    @torch.no_grad()
    def link_prob(self, sample: LevelSample) -> Tensor:
        """Mean P(linked) of every edge, float32 (n, m), on the CPU like the sample."""
        assert isinstance(sample.inputs, Relations)
        inputs, similarity = sample.inputs.to(self.device), sample.similarity.to(self.device)
        ops = TorchOps(sample.neighbors.to(self.device))
        each = [torch.diff(one(inputs, similarity, ops)).squeeze(2) for one in self.networks]
        return torch.sigmoid(torch.stack(each)).mean(0).cpu()
