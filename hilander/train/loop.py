"""Training: levels of the labels, then of the network itself, several k together, cosine schedule.

    labelled embeddings + TrainConfig  ->  progress records, and at the end a Checkpoint

Knows nothing about files, jobs or pages: whoever starts it shows the records.
Source: Xing et al., ICCV 2021, section 3.3.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hilander.errors import InputError
from hilander.hierarchy.build import LevelSettings
from hilander.io.vectors import unit_vectors
from hilander.model.base import Predictor
from hilander.model.checkpoint import Checkpoint
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.ops import TorchOps
from hilander.model.predict import Network, NetworkPredictor, resolve_device
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.train.config import TrainConfig
from hilander.train.loss import losses
from hilander.train.oracle import LabelOracle
from hilander.train.samples import LevelSample, batches, level_samples, to_device

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TrainSet:
    """One labelled embedding space: x float32 (n, d), unit rows; labels int64 (n,), known everywhere."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, x: NDArray[Any], labels: NDArray[np.int64]) -> TrainSet:
        """Check and normalise; rows whose label is -1 (unknown) are left out.

        Raises
        ------
        InputError   bad rows, lengths that differ, fewer than two known rows or identities, no pair of one
        """
        if np.shape(labels) != (len(x),):
            raise InputError(f"labels must be ({len(x)},), one for each row; got {np.shape(labels)}.")
        known = np.flatnonzero(np.asarray(labels) != -1)
        sizes = np.unique(labels[known], return_counts=True)[1]
        if len(sizes) < 2 or sizes.max() < 2:
            raise InputError(
                "training needs at least two identities, one of them with two images or more; got "
                f"{len(sizes)} with at most {sizes.max(initial=0)}. Check the label column."
            )
        return cls(unit_vectors(x[known]), labels[known])


@dataclass(frozen=True)
class TrainProgress:
    """One finished epoch. Losses are means over its steps; nodes: in all levels trained on; seconds: since start."""

    epoch: int
    epochs: int
    loss: float
    link_loss: float
    density_loss: float
    learning_rate: float
    seconds: float
    nodes: int


@dataclass(frozen=True)
class TrainResult:
    """The trained network and the record of every epoch."""

    network: Network
    config: TrainConfig
    history: list[TrainProgress]

    def checkpoint(self, name: str, *, title: str = "", description: str = "", **making: Any) -> Checkpoint:
        """As `model.checkpoint.save_checkpoint` takes it; `making` is kept beside the settings."""
        facts = {"settings": self.config.to_dict(), "loss": self.history[-1].loss, **making}
        early_stop = self.config.model == "lander"
        return Checkpoint(
            name,
            self.network,
            self.config.tau,
            early_stop,
            max(self.config.ks),
            title or name,
            description,
            facts,
        )


def train(
    sets: Sequence[TrainSet],
    config: TrainConfig,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Train a network to its end. `progress` is called after each epoch and may raise to stop."""
    trainer = Trainer(sets, config)
    history = []
    for record in trainer.epochs():
        history.append(record)
        if progress:
            progress(record)
    return TrainResult(trainer.network.cpu().eval(), config, history)


class Trainer:
    """A network, its optimiser and the levels that it is trained on.

    Raises
    ------
    InputError   no sets; a lander on sets of more than one dimension
    """

    def __init__(self, sets: Sequence[TrainSet], config: TrainConfig) -> None:
        self.sets, self.config = sets, config
        self.device = resolve_device(config.device)
        self.rng = np.random.default_rng(config.seed)
        self.network = new_network(config, sets).to(self.device)
        self.true_levels = [s for one in sets for s in self._levels(one, LabelOracle(one.labels))]
        self.own_levels: list[LevelSample] = []
        if isinstance(self.network, RelationalLANDER):
            self.network.fit_norms([s.inputs for s in self.true_levels])  # type: ignore[misc]
        self.optimizer = _optimizer(self.network, config)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, config.epochs)

    def epochs(self) -> Iterator[TrainProgress]:
        """Run the epochs one by one; own levels are renewed at even distances from half-way on."""
        config, began = self.config, time.perf_counter()
        rounds = config.own_rounds
        renew = {config.epochs // 2 + i * config.epochs // (2 * max(rounds, 1)) for i in range(rounds)}
        for epoch in range(config.epochs):
            if epoch in renew:
                self.own_levels = [s for one in self.sets for s in self._levels(one, self._predictor())]
            rate = float(self.schedule.get_last_lr()[0])
            link, density = self._epoch()
            self.schedule.step()
            if not np.isfinite(link + density):
                raise InputError(
                    f"training diverged: the loss of epoch {epoch + 1} is not a finite number. "
                    f"Lower the learning rate (it is {config.rate:g})."
                )
            yield TrainProgress(
                epoch=epoch + 1,
                epochs=config.epochs,
                loss=link + config.density_weight * density,
                link_loss=link,
                density_loss=density,
                learning_rate=rate,
                seconds=time.perf_counter() - began,
                nodes=sum(map(len, self.true_levels + self.own_levels)),
            )

    def _epoch(self) -> tuple[float, float]:
        self.network.train()
        samples = self.true_levels + self.own_levels
        steps = [
            self._step(to_device(part, self.device))
            for i in self.rng.permutation(len(samples))
            for part in batches(samples[i], self.config.batch, self.config.layers, self.rng)
        ]
        link, density = np.mean(steps, axis=0)
        return float(link), float(density)

    def _step(self, sample: LevelSample) -> tuple[float, float]:
        self.optimizer.zero_grad()
        logits = self.network(sample.inputs, sample.similarity, TorchOps(sample.neighbors))
        link, density = losses(logits, sample)
        (link + self.config.density_weight * density).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return link.item(), density.item()

    def _predictor(self) -> Predictor:
        return NetworkPredictor(self.network, device=self.device)

    def _levels(self, one: TrainSet, predictor: Predictor) -> Iterator[LevelSample]:
        for k in self.config.ks:
            settings = LevelSettings(k=k, tau=self.config.tau, levels=self.config.levels, device=self.device)
            yield from level_samples(one.x, one.labels, predictor, settings, self.network)


def new_network(config: TrainConfig, sets: Sequence[TrainSet]) -> Network:
    """A network with fresh weights drawn from the config's seed."""
    dims = sorted({one.x.shape[1] for one in sets})
    if not dims or (config.model == "lander" and len(dims) > 1):
        raise InputError(
            f"a lander is trained on embeddings of one dimension; got {dims or 'no data'}. "
            "Train one for each, or a relational one."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.model == "relational":
            return RelationalLANDER(RelationalConfig(config.width, config.layers))
        width = dims[0] * (2 if config.cluster_features else 1)
        sizes = (config.width, config.width // 2, config.layers)
        return LANDER(LanderConfig(width, config.encoder, *sizes, config.cluster_features))


def _optimizer(network: Network, config: TrainConfig) -> torch.optim.Optimizer:
    """SGD with momentum for the paper's network, as released; AdamW for ours."""
    rate, decay = config.rate, config.weight_decay
    if config.model == "lander":
        return torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, weight_decay=decay)
    return torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay)
