"""Choose what a network is used with, and which of two it is, by the identities held out of its training.

    TrainConfig with `tune`  ->  TrainResult whose checkpoint has the chosen tau and k

For tau and k the trained network's level loop is run; node features (a lander's: the peak alone, or the peak and
the mean of the cluster) go into the training itself, so there both forms are trained. A relational network reads
no features: only tau and k are chosen. Knows nothing about how a network is trained.
Source: Xing et al., ICCV 2021, section 4.1 (tau, k and the aggregation by validation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hilander.model.predict import Network, resolve_device
from hilander.train.config import TrainConfig
from hilander.train.loop import train
from hilander.train.records import Pulse, TrainProgress, TrainResult, Trial, best_trial, no_pulse
from hilander.train.sets import TrainSet
from hilander.train.state import load_state, saved_config, saved_epoch
from hilander.train.validation import natural_settings, split, validate

TAUS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
Tell = Callable[[TrainProgress], None]
TellTrial = Callable[[Trial], None]


def fit(
    sets: Sequence[TrainSet],
    config: TrainConfig,
    progress: Tell | None = None,
    *,
    state: Path | None = None,
    resume: bool = False,
    trial: TellTrial | None = None,
    pulse: Pulse = no_pulse,
) -> TrainResult:
    """`train`, and with `config.tune` the choice that it is used with.

    Where two forms are trained their epochs are counted on: the second's come after all of the first's.

    Parameters
    ----------
    trial : called after each setting tried; may raise to stop
    pulse : as of `train`

    Raises
    ------
    InputError   as `train`
    """
    if not config.tune:
        return train(sets, config, progress, state=state, resume=resume, pulse=pulse)
    found = []
    for number, form in enumerate(forms(config)):
        folder = state and form_state(state, number)
        going_on = resume and (number == 0 or (folder is not None and saved_epoch(folder) is not None))
        told = progress and _counting_on(progress, number, config)
        result = train(sets, form, told, state=folder, resume=going_on, pulse=pulse)
        held = split(sets, form)[1]
        found.append(replace(result, trials=list(trials(result.network, held, form, trial, pulse))))
    every = [one for result in found for one in result.trials]
    chosen = best_trial(every)
    return next(replace(result, trials=every, chosen=chosen) for result in found if chosen in result.trials)


def forms(config: TrainConfig) -> list[TrainConfig]:
    """The settings to train with: one, or of a lander to be tuned both kinds of node features."""
    if not config.tune or config.model == "relational":
        return [config]
    return [replace(config, cluster_features=wide) for wide in (False, True)]


def form_state(state: Path, number: int) -> Path:
    """Where a form's training is kept: the second's inside the first's folder."""
    return state / f"form-{number + 1}" if number else state


def saved_history(state: Path) -> list[TrainProgress]:
    """The records of what is kept in `state`, as `fit` told them."""
    config, history = saved_config(state), []
    for number in range(len(forms(config))):
        folder = form_state(state, number)
        if saved_epoch(folder) is not None:
            history += [_counted_on(record, number, config) for record in load_state(folder).history]
    return history


def _counting_on(progress: Tell, number: int, config: TrainConfig) -> Tell:
    return lambda record: progress(_counted_on(record, number, config))


def _counted_on(record: TrainProgress, number: int, config: TrainConfig) -> TrainProgress:
    before, best = number * config.epochs, record.best_epoch
    return replace(
        record,
        epoch=record.epoch + before,
        epochs=record.epochs * len(forms(config)),
        best_epoch=best and best + before,
    )


def trials(
    network: Network,
    held: Sequence[TrainSet],
    config: TrainConfig,
    tell: TellTrial | None = None,
    pulse: Pulse = no_pulse,
) -> Iterator[Trial]:
    """Try every tau at the training's k, every k at the best of them, and there the taus beside it once more.

    The training's own tau and k come first, so of equals they are taken.
    """
    base = natural_settings(config, resolve_device(config.device))
    features = config.cluster_features if config.model == "lander" else None
    done: dict[tuple[int, float], Trial] = {}

    def run(k: int, tau: float) -> Iterator[Trial]:
        if (k, tau) not in done:
            got = validate(network, held, replace(base, k=k, tau=tau), pulse)
            done[k, tau] = Trial(k, tau, features, got)
            if tell:
                tell(done[k, tau])
            yield done[k, tau]

    taus = sorted({*TAUS, config.tau})
    for tau in (config.tau, *taus):
        yield from run(base.k, tau)
    best = best_trial(done.values())
    for k in sorted({*config.ks, base.k + base.k // 2}):
        yield from run(k, best.tau)
    best = best_trial(done.values())
    at = taus.index(best.tau)
    for tau in taus[max(0, at - 1) : at + 2]:
        yield from run(best.k, tau)
