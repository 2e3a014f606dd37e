"""A training as it lies on disk between two epochs, so that it can go on after being killed.

    State  <->  folder/epoch-000012/  (weights and optimiser as safetensors, the rest as JSON)

An epoch's folder appears whole, by one rename; only then is the one before it removed. Whoever reads takes the
latest. Nothing is pickled. Knows nothing about how training is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from hilander.errors import InputError
from hilander.io.atomic import atomic_path, read_json, remove, write_json
from hilander.train.config import TrainConfig
from hilander.train.records import TrainProgress

FORMAT = 2
HEAD = "state.json"
FREE = {"device"}  # settings that may differ when a training goes on
TENSORS = ("weights", "best", "own", "average", "optimizer")
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class State:
    """All that the next epoch depends on.

    Attributes
    ----------
    config, facts : the settings, and what tells the data apart
    history : a record for each epoch done
    generator : state of the numpy generator that draws the batches
    weights, best, own : of the network now, at its best epoch, and when its own levels were last built
    average : of the weights of a relational network (`train.average`); empty of a lander
    optimizer : the optimiser's tensors, named by parameter number and name
    """

    config: TrainConfig
    facts: list[dict[str, Any]]
    history: list[TrainProgress]
    generator: dict[str, Any]
    weights: Weights
    best: Weights
    own: Weights
    average: Weights
    optimizer: Weights


def save_state(state: State, folder: Path) -> None:
    """Write the state of this epoch, then remove that of earlier ones."""
    earlier = _epochs(folder)
    head = {
        "format": FORMAT,
        "config": state.config.to_dict(),
        "facts": state.facts,
        "history": [record.to_dict() for record in state.history],
        "generator": state.generator,
    }
    with atomic_path(folder / f"epoch-{len(state.history):06d}", replace_folder=True) as temporary:
        temporary.mkdir()
        for name in TENSORS:
            tensors = {key: value.cpu().contiguous() for key, value in getattr(state, name).items()}
            save_file(tensors, temporary / f"{name}.safetensors")
        write_json(head, temporary / HEAD)
    for old in earlier:
        if old.name != f"epoch-{len(state.history):06d}":
            remove(old)


def load_state(folder: Path) -> State:
    """The latest state in `folder`.

    Raises
    ------
    InputError   there is none, or it is damaged or of another format
    """
    latest, head = _latest(folder)
    try:
        history = [TrainProgress.from_dict(record) for record in head["history"]]
        tensors = {name: load_file(latest / f"{name}.safetensors") for name in TENSORS}
        return State(
            TrainConfig.from_dict(head["config"]), head["facts"], history, head["generator"], **tensors
        )
    except (OSError, SafetensorError, TypeError, KeyError) as error:
        raise InputError(f"the training state {latest} is damaged: {error}. Train from the start.") from error


def saved_config(folder: Path) -> TrainConfig:
    """The settings of the training kept in `folder`; InputError as `load_state`."""
    return TrainConfig.from_dict(_latest(folder)[1]["config"])


def saved_epoch(folder: Path) -> int | None:
    """Epochs done in the training kept in `folder`; None where there is none."""
    found = _epochs(folder)
    return int(found[-1].name.removeprefix("epoch-")) if found else None


def check_same(state: State, config: TrainConfig, facts: list[dict[str, Any]]) -> None:
    """InputError unless the training to go on has these settings and these data."""
    ours, theirs = config.to_dict(), state.config.to_dict()
    differ = [name for name in ours if name not in FREE and ours[name] != theirs[name]]
    if differ:
        told = ", ".join(f"{name} {theirs[name]}, now {ours[name]}" for name in differ)
        raise InputError(
            f"the training to go on was started with other settings: {told}. "
            "Give the same ones, or train from the start in another place."
        )
    if facts != state.facts:
        raise InputError(
            f"the training to go on was started on other data: {_told(state.facts)}, now {_told(facts)}. "
            "Give the same embeddings and labels, or train from the start in another place."
        )


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Weights:
    """The optimiser's memory as flat tensors: momentum, or AdamW's step and two means."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took out."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", maxsplit=1)
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})


def _epochs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("epoch-*") if path.is_dir())


def _latest(folder: Path) -> tuple[Path, dict[str, Any]]:
    found = _epochs(folder)
    if not found:
        raise InputError(
            f"{folder} holds no training to go on with. Check the path, or train from the start."
        )
    head = read_json(found[-1] / HEAD)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(f"the training state {found[-1]} is not of format {FORMAT}. Train from the start.")
    return found[-1], head


def _told(facts: list[dict[str, Any]]) -> str:
    each = [
        f"{one['n']:,} x {one['dim']} of {one['classes']:,} identities ({one['sha256'][:8]})" for one in facts
    ]
    return " and ".join(each)
