"""What a training tells while it runs and hands over at its end. Knows nothing about how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hilander.metrics import Scores
from hilander.model.checkpoint import Checkpoint
from hilander.model.predict import Network
from hilander.model.profile import Profile
from hilander.train.config import TrainConfig

Pulse = Callable[[], None]  # called often while something is computed; may raise to stop it


def no_pulse() -> None:
    """Nobody will stop it."""


@dataclass(frozen=True)
class TrainProgress:
    """One finished epoch.

    Attributes
    ----------
    loss, link_loss, density_loss : means over the epoch's steps
    seconds : since the start, those before a resume included
    nodes : in all levels trained on
    validation : scores on the identities held out; None in epochs that are not checked
    best_epoch : the checked epoch with the best validation so far; None before the first
    """

    epoch: int
    epochs: int
    loss: float
    link_loss: float
    density_loss: float
    learning_rate: float
    seconds: float
    nodes: int
    validation: Scores | None = None
    best_epoch: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainProgress:
        known = values["validation"]
        return cls(**values | {"validation": known and Scores(**known)})


@dataclass(frozen=True)
class Trial:
    """One setting tried on the identities held out; cluster_features is None of a relational network."""

    k: int
    tau: float
    cluster_features: bool | None
    scores: Scores

    def to_dict(self) -> dict[str, Any]:
        return {
            "k": self.k,
            "tau": self.tau,
            "cluster_features": self.cluster_features,
            **asdict(self.scores),
        }


@dataclass(frozen=True)
class TrainResult:
    """The network with the best epoch's weights (the last one's without validation), and every epoch's record.

    facts : of the data trained on, one dictionary a set (`TrainSet.facts`)
    trials, chosen : what was tried to choose tau, k and the features (`train.tune`); empty, None without
    home : what the network sees of each of those sets
    """

    network: Network
    config: TrainConfig
    history: list[TrainProgress]
    facts: list[dict[str, Any]] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    chosen: Trial | None = None
    home: tuple[Profile, ...] = ()

    @property
    def tau(self) -> float:
        """The checkpoint's own: chosen, or as set."""
        return self.chosen.tau if self.chosen else self.config.tau

    @property
    def k(self) -> int:
        """The checkpoint's own: chosen, or the largest trained on."""
        return self.chosen.k if self.chosen else max(self.config.ks)

    @property
    def best(self) -> TrainProgress:
        """The record of the epoch whose weights these are."""
        return best_of(self.history)

    def checkpoint(self, name: str, *, title: str = "", description: str = "", **making: Any) -> Checkpoint:
        """As `model.checkpoint.save_checkpoint` takes it; `making` is kept beside settings, figures and data."""
        made = {
            "settings": self.config.to_dict(),
            "epoch": self.best.epoch,
            "loss": self.best.loss,
            "validation": self.best.validation and asdict(self.best.validation),
            "seconds": self.history[-1].seconds,
            "fingerprint": self.facts,
        }
        if self.chosen:
            tried = [one.to_dict() for one in self.trials]
            made |= {
                "validation": asdict(self.chosen.scores),
                "tuned": self.chosen.to_dict(),
                "trials": tried,
            }
        return Checkpoint(
            name,
            self.network,
            self.tau,
            self.config.early_stop,
            k=self.k,
            title=title or name,
            description=description,
            making=made | making,
            feature=self.config.feature,
            linking=self.config.linking,
            first_tau=self.config.first_tau,
            home=self.home,
        )


def best_of(history: Sequence[TrainProgress]) -> TrainProgress:
    """The record of the best checked epoch; the last record where none was checked."""
    last = history[-1]
    return last if last.best_epoch is None else history[last.best_epoch - 1]


def best_trial(trials: Iterable[Trial]) -> Trial:
    """The trial with the highest score, the first of equals."""
    return max(trials, key=lambda one: score(one.scores))


def score(validation: Scores) -> float:
    """One figure to choose by: the mean of pairwise and BCubed F."""
    return (validation.Fp + validation.Fb) / 2
