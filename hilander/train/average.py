"""Weights averaged over the steps of a training: what is validated, kept and shipped of a relational network.

Knows nothing about losses or levels.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from hilander.model.predict import Network
    from hilander.train.state import Weights

DECAY, WARM_UP = 0.995, 10


class Average:
    """An exponential mean of a network's weights; its first steps count less, so that it starts at once."""

    def __init__(self, network: Network) -> None:
        self.network = copy.deepcopy(network)
        self.steps = 0

    @torch.no_grad()
    def take(self, network: Network) -> None:
        """After a step of `network`."""
        self.steps += 1
        share = 1 - min(DECAY, self.steps / (self.steps + WARM_UP))
        for mean, now in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(now, share)

    def state(self) -> Weights:
        """All that the average depends on, as tensors."""
        return {**self.network.state_dict(), "steps": torch.tensor(self.steps)}

    def restore(self, state: Weights) -> None:
        """Put back what `state` took out."""
        self.steps = int(state["steps"])
        self.network.load_state_dict({name: value for name, value in state.items() if name != "steps"})
