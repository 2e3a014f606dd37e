"""Teaches the built-in embedder: a cosine margin between the classes of each kind of picture.

    domains + settings  ->  a trained network

The same arguments give the same weights. Knows nothing about where pictures come from.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from checkpoint_data.repeatable import one_thread, torch_seed
from small_embedder.changed import changed
from small_embedder.network import NetworkConfig, SmallEmbedder
from small_embedder.pictures import Domain

TURNS = 4


@dataclass(frozen=True)
class LearningConfig:
    """How it is taught; the rate rises over `warm` of the steps and falls along a cosine."""

    steps: int = 600
    rate: float = 3e-3
    map_rate: float = 3e-4  # of the map, which begins as principal components
    decay: float = 1e-2
    margin: float = 0.2
    sharpness: float = 16.0
    warm: float = 0.05
    seed: int = 0
    principal: int = 2_000  # pictures that the principal components are of


def taught_network(
    domains: Sequence[Domain], network: NetworkConfig, config: LearningConfig
) -> SmallEmbedder:
    """Train; about `steps` x 128 pictures."""
    with one_thread(), torch_seed(config.seed):
        learner = _Learner(domains, SmallEmbedder(network), config)
        began = time.monotonic()
        for step in range(config.steps):
            loss = learner.step(step)
            if step % 50 == 0:
                print(
                    f"step {step}: loss {loss:.3f}, {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        return learner.network.eval()


class _Learner:
    """The network, a centre a class, and the optimiser of both."""

    def __init__(self, domains: Sequence[Domain], network: SmallEmbedder, config: LearningConfig) -> None:
        self.domains, self.network, self.config = list(domains), network, config
        self.pixels = [torch.from_numpy(one.pixels) for one in domains]
        self.labels = [torch.from_numpy(one.labels) for one in domains]
        _begin_as_principal(network, self._some(config.principal))
        width = network.config.measured + network.config.learned
        self.centres = nn.ParameterList(
            nn.Parameter(torch.randn(one.classes * (TURNS if one.turns else 1), width) * 0.1)
            for one in domains
        )
        learned = [p for name, p in network.named_parameters() if not name.startswith("map.")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [*learned, *self.centres], "most": config.rate},
                {"params": list(network.map.parameters()), "most": config.map_rate, "weight_decay": 0.0},
            ],
            config.rate,
            weight_decay=config.decay,
        )

    def step(self, number: int) -> float:
        """One step down the loss; returns it."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["most"] * self._share(number / self.config.steps)
        batches = [self._drawn(i, one.part) for i, one in enumerate(self.domains)]
        self.network.train()
        measured, learned = self.network.parts(torch.cat([pictures for pictures, _ in batches]))
        whole = self.network.joined(measured, learned)
        loss, start = torch.zeros(()), 0
        for (pictures, target), centres in zip(batches, self.centres, strict=True):
            rows = slice(start, start := start + len(pictures))
            loss = loss + len(pictures) * self._loss(whole[rows], learned[rows], centres, target)
        loss = loss / start
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        return float(loss.detach())

    def _loss(
        self, whole: torch.Tensor, learned: torch.Tensor, centres: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Of the whole vector, and of its learned half by itself."""
        half = self.network.config.measured
        pairs = (whole, centres), (learned, centres[:, half:])
        return sum((self._margin(x, c, target) for x, c in pairs), torch.zeros(()))

    def _margin(self, x: torch.Tensor, centres: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        cosine = x @ functional.normalize(centres, dim=1).T
        own = functional.one_hot(target, len(centres))
        return functional.cross_entropy((cosine - self.config.margin * own) * self.config.sharpness, target)

    def _drawn(self, which: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        one = self.domains[which]
        rows = torch.randint(len(one.labels), (count,))
        pixels, target = self.pixels[which][rows], self.labels[which][rows]
        if one.turns:
            turn = torch.randint(TURNS, (count,))
            pixels = torch.stack(
                [torch.rot90(it, int(t), (1, 2)) for it, t in zip(pixels, turn, strict=True)]
            )
            target = target + one.classes * turn
        return changed(pixels, drawn=one.drawn), target

    @torch.no_grad()
    def _some(self, count: int) -> torch.Tensor:
        """Descriptors of pictures of all kinds alike."""
        each = count // len(self.domains)
        return torch.cat([self.network.measure(self._drawn(i, each)[0])[0] for i in range(len(self.domains))])

    def _share(self, done: float) -> float:
        if done < self.config.warm:
            return done / self.config.warm + 0.01
        return 0.5 * (1 + float(np.cos(np.pi * (done - self.config.warm) / (1 - self.config.warm)))) + 0.001


@torch.no_grad()
def _begin_as_principal(network: SmallEmbedder, descriptors: torch.Tensor) -> None:
    """The map is the principal components of these rows, their deviations evened out by half."""
    x = descriptors.double()
    mean = x.mean(0)
    values, axes = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    kept = (
        axes.flip(1)[:, : network.config.measured]
        / values.flip(0)[: network.config.measured].clamp_min(1e-9) ** 0.25
    )
    network.map.weight.copy_(kept.T.float())
    network.map.bias.copy_((-mean @ kept).float())
