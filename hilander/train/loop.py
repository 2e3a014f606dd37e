"""Training: levels of the labels, then of the network itself, several k together, cosine schedule.

    labelled embeddings + TrainConfig  ->  progress records, and at the end a TrainResult

Knows nothing about jobs or pages: whoever starts it shows the records. All that an epoch depends on is in a
`State`, so that a training that was killed goes on to the same weights.
Source: Xing et al., ICCV 2021, section 3.3.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hilander.errors import InputError
from hilander.metrics import Scores
from hilander.model.base import Predictor
from hilander.model.predict import Network, NetworkPredictor, resolve_device
from hilander.model.relational import RelationalLANDER
from hilander.train.average import Average
from hilander.train.config import TrainConfig
from hilander.train.home import home
from hilander.train.memory import keep_freed
from hilander.train.networks import new_network, new_optimizer
from hilander.train.oracle import LabelOracle
from hilander.train.records import Pulse, TrainProgress, TrainResult, best_of, no_pulse, score
from hilander.train.samples import LevelSample, Part, batches, level_samples, to_device
from hilander.train.sets import TrainSet, check_enough
from hilander.train.state import (
    State,
    Weights,
    check_same,
    load_state,
    optimizer_tensors,
    restore_optimizer,
    save_state,
    saved_epoch,
)
from hilander.train.step import learn
from hilander.train.validation import natural_settings, split, validate

# Of a relational network: parts of levels in one step, and how much more a larger level counts in it; the longest
# gradient; the taus of its own first levels, whose clusters then join a third at a time, whatever it says of them, so
# that it meets clusters of every size and purity; how far from its k the own levels of a set are built at most; and the
# share of the true levels in an epoch from half-way on.
TOGETHER, LEVEL_POWER, LONGEST_STEP = 3, 0.3, 1.0
OWN_TAUS = (0.5, 0.7, 0.8, 0.8, 0.9)
K_NEAR = 2
TRUE_SHARE = 0.3


def train(
    sets: Sequence[TrainSet],
    config: TrainConfig,
    progress: Callable[[TrainProgress], None] | None = None,
    *,
    state: Path | None = None,
    resume: bool = False,
    pulse: Pulse = no_pulse,
) -> TrainResult:
    """Train a network to its end.

    Parameters
    ----------
    sets : embedding spaces to train on together
    progress : called after each epoch; may raise to stop
    state : folder in which the training is kept after each epoch; removing it is the caller's business
    resume : go on with the training kept there; it ends with the weights of an undisturbed one
    pulse : called several times a second, between epochs and within them; may raise to stop. What the epoch under
        way has learned is then lost, what `state` keeps of those before is not

    Raises
    ------
    InputError   data or settings that cannot be trained with; a loss that is not finite; `state` holds a training
                 and `resume` is not asked for; with `resume`, none is there, or one of other data or settings
    """
    facts = [one.facts() for one in sets]
    if state and not resume and (done := saved_epoch(state)) is not None:
        raise InputError(
            f"{state} holds a training that was not finished (epoch {done}). "
            "Go on with it (--resume), or remove the folder."
        )
    saved = load_state(_required(state)) if resume else None
    if saved:
        check_same(saved, config, facts)
    trainer = Trainer(sets, config, saved, pulse)
    if state and not saved:
        save_state(trainer.state(facts), state)
    for record in trainer.epochs():
        if state:
            save_state(trainer.state(facts), state)
        if progress:
            progress(record)
    trainer.network.load_state_dict(trainer.best or trainer.judged.state_dict())
    seen = home(trainer.network, trainer.sets, natural_settings(config, trainer.device))
    return TrainResult(trainer.network.cpu().eval(), config, trainer.history, facts, home=seen)


def _required(state: Path | None) -> Path:
    if state is None:
        raise InputError("resume needs the folder of the training's state; got none. Give state.")
    return state


class Trainer:
    """A network, its optimiser, the levels that it is trained on and the identities that it is checked on."""

    def __init__(
        self,
        sets: Sequence[TrainSet],
        config: TrainConfig,
        saved: State | None = None,
        pulse: Pulse = no_pulse,
    ) -> None:
        keep_freed()
        self.config, self.pulse = config, pulse
        self.device = resolve_device(config.device)
        self.network = new_network(config, sets).to(self.device)
        self.sets, self.held = split(sets, config)
        for one in self.sets:
            check_enough(one, max(config.ks))
        self.rng = np.random.default_rng(config.seed)
        self.history: list[TrainProgress] = []
        self.best: Weights = {}
        self.own: Weights = {}
        self.average: Average | None = None
        self.own_levels: list[LevelSample] = []
        self.true_levels = [s for one in self.sets for s in self._levels(one, LabelOracle(one.labels))]
        if isinstance(self.network, RelationalLANDER):
            self.network.fit_norms([s.inputs for s in self.true_levels])  # type: ignore[misc]
            self.average = Average(self.network)
        self.optimizer = new_optimizer(self.network, config)
        if saved:
            self._restore(saved)

    def state(self, facts: list[dict[str, object]]) -> State:
        """What the next epoch depends on."""
        return State(
            self.config,
            facts,
            self.history,
            dict(self.rng.bit_generator.state),
            self.network.state_dict(),
            self.best,
            self.own,
            self.average.state() if self.average else {},
            optimizer_tensors(self.optimizer),
        )

    @property
    def judged(self) -> Network:
        """The network as it would be used: of a relational one, with its averaged weights."""
        return self.average.network if self.average else self.network

    def epochs(self) -> Iterator[TrainProgress]:
        """Run the epochs that are left, one by one, until the last or until patience is at its end."""
        before = self.history[-1].seconds if self.history else 0.0
        began = time.perf_counter() - before
        for epoch in range(len(self.history), self.config.epochs):
            if self._out_of_patience():
                return
            record = self._epoch(epoch)
            self.history.append(self._checked(replace(record, seconds=time.perf_counter() - began)))
            yield self.history[-1]

    def _epoch(self, epoch: int) -> TrainProgress:
        config = self.config
        if epoch in own_epochs(config):
            self.own = _copy(self.judged.state_dict())
            self._build_own_levels(epoch)
        rate = learning_rate(config, epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        link, density = self._steps()
        if not math.isfinite(link + density):
            raise InputError(
                f"training diverged: the loss of epoch {epoch + 1} is not a finite number. "
                f"Lower the learning rate (it is {config.rate:g})."
            )
        loss = link + config.density_share * density
        nodes = sum(map(len, self.true_levels + self.own_levels))
        return TrainProgress(epoch + 1, config.epochs, loss, link, density, rate, 0.0, nodes)

    def _checked(self, record: TrainProgress) -> TrainProgress:
        """The record with this epoch's validation, if it has one, and the best epoch so far."""
        best = self.history[-1].best_epoch if self.history else None
        if not self.config.checked(record.epoch):
            return replace(record, best_epoch=best)
        found = self._validate()
        known = best_of(self.history).validation if best else None
        if known is None or score(found) >= score(known):  # of equals the one that saw more
            best, self.best = record.epoch, _copy(self.judged.state_dict())
        return replace(record, validation=found, best_epoch=best)

    def _out_of_patience(self) -> bool:
        if not self.history or not self.config.patience or self.history[-1].best_epoch is None:
            return False
        return self.history[-1].epoch - self.history[-1].best_epoch >= self.config.patience

    def _steps(self) -> tuple[float, float]:
        self.network.train()
        samples = self._samples()
        parts = (
            to_device(part, self.device)
            for i in self.rng.permutation(len(samples))
            for part in batches(samples[i], self.config.batch, self.config.depth, self.rng)
        )
        steps = [loss for together in _groups(parts, self._together()) for loss in self._step(together)]
        link, density = np.mean(steps, axis=0)
        return float(link), float(density)

    def _samples(self) -> list[LevelSample]:
        """What an epoch goes through: all levels; of a relational network from half-way on fewer of the true ones,
        which are cleaner than any that it will meet."""
        if self.average is None:
            return self.true_levels + self.own_levels
        fewer = self.own_levels and len(self.history) >= self.config.epochs / 2
        kept = self.rng.random(len(self.true_levels)) < (TRUE_SHARE if fewer else 1)
        return [one for one, keep in zip(self.true_levels, kept, strict=True) if keep] + self.own_levels

    def _together(self) -> int:
        return TOGETHER if self.average else 1

    def _step(self, parts: list[Part]) -> list[tuple[float, float]]:
        """One step of the optimiser on some parts: of a relational network as `TOGETHER` and `LEVEL_POWER` say."""
        self.pulse()
        self.optimizer.zero_grad()
        weigh = (lambda part: (len(part) / 1000) ** LEVEL_POWER) if self.average else (lambda _part: 1.0)
        found = [learn(self.network, part, self.config.density_share, weigh(part)) for part in parts]
        if self.average:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_STEP)
        self.optimizer.step()
        if self.average:
            self.average.take(self.network)
        return found

    def _validate(self) -> Scores:
        return validate(self.judged, self.held, natural_settings(self.config, self.device), self.pulse)

    def _build_own_levels(self, epoch: int) -> None:
        """From `judged`; at which tau each is built depends on the seed and the round alone, so as to be resumed."""
        done = sum(one <= epoch for one in own_epochs(self.config))
        self.draws = np.random.default_rng([self.config.seed, done])
        predictor = NetworkPredictor(self.judged, device=self.device, as_trained=True)
        self.own_levels = [s for one in self.sets for s in self._levels(one, predictor)]

    def _levels(self, one: TrainSet, predictor: Predictor) -> Iterator[LevelSample]:
        for k, most in self.config.level_counts.items():
            settings = replace(natural_settings(self.config, self.device), k=k, levels=most, early_stop=False)
            if self.average and not isinstance(predictor, LabelOracle):
                tau = float(self.draws.choice(OWN_TAUS))
                near = max(2, k + int(self.draws.integers(-K_NEAR, K_NEAR + 1)))
                settings = replace(settings, k=near, tau=0.0, first_tau=tau, levels=1, coarser=True)
            yield from level_samples(one.x, one.labels, predictor, settings, self.network, pulse=self.pulse)

    def _restore(self, saved: State) -> None:
        self.history, self.best, self.own = saved.history, saved.best, saved.own
        self.rng.bit_generator.state = saved.generator
        if self.own:
            self.judged.load_state_dict(self.own)
            self._build_own_levels(len(self.history) - 1)
        self.network.load_state_dict(saved.weights)
        if self.average:
            self.average.restore(saved.average)
        restore_optimizer(self.optimizer, saved.optimizer)


def own_epochs(config: TrainConfig) -> set[int]:
    """The epochs (from 0) before which own levels are built: at even distances.

    Of a lander from half-way on; of a relational network from early on, since its own levels teach it most.
    """
    rounds = config.own_rounds
    if config.model == "relational":
        return {max(1, (i + 1) * config.epochs // (rounds + 1)) for i in range(rounds)}
    return {config.epochs // 2 + i * config.epochs // (2 * rounds) for i in range(rounds)}


def learning_rate(config: TrainConfig, epoch: int) -> float:
    """Falls from the config's to 0 along a cosine; epoch from 0."""
    return config.rate * (1 + math.cos(math.pi * epoch / config.epochs)) / 2


def _groups(parts: Iterator[Part], size: int) -> Iterator[list[Part]]:
    while group := list(itertools.islice(parts, size)):
        yield group


def _copy(weights: Weights) -> Weights:
    return {name: value.detach().cpu().clone() for name, value in weights.items()}
