"""The checkpoint's members: networks of other seeds, each trained in a process of its own, side by side.

    python benchmarks/make_checkpoint.py --member SEED     what such a process runs: its weights into .build/

Weights are kept under a hash of the data, the settings and the code that trains, so a making that was stopped goes
on, and nothing is ever stale. Knows nothing about what becomes of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import hilander
from checkpoint_data.kept import Arrays, fingerprint, kept
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.train.config import TrainConfig
from hilander.train.loop import train
from hilander.train.records import TrainProgress
from hilander.train.sets import TrainSet

TRAINING_CODE = (
    "config.py",
    "graph",
    "hierarchy",
    "model",
    "train",
)  # of the library: what weights depend on


def member(
    sets: Iterable[TrainSet], config: TrainConfig, tell: Callable[[TrainProgress], None]
) -> RelationalLANDER:
    """The network of these settings, trained or as kept from before."""
    sets = list(sets)

    def trained() -> Arrays:
        return {name: value.numpy() for name, value in train(sets, config, tell).network.state_dict().items()}

    facts: dict[str, Any] = {
        "config": config.to_dict(),
        "data": [one.facts()["sha256"] for one in sets],
        "code": code_fingerprint(),
    }
    weights = kept(f"member-{config.seed}", facts, trained)
    network = RelationalLANDER(RelationalConfig(config.width, config.depth))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return network


def code_fingerprint() -> str:
    """A hash of the library's source as far as training runs it."""
    root = Path(hilander.__file__).parent
    files = sorted(path for name in TRAINING_CODE for path in (root / name, *(root / name).rglob("*.py")))
    source = b"\0".join(path.read_bytes() for path in files if path.is_file())
    return fingerprint(np.frombuffer(source, np.uint8))


def side_by_side(commands: list[list[str]], at_once: int) -> None:
    """Run all of them, `at_once` at a time, in their order; the first that fails ends the others and this program."""
    waiting, running = list(commands), list[subprocess.Popen[bytes]]()
    while waiting or running:
        while waiting and len(running) < at_once:
            running.append(subprocess.Popen([sys.executable, *waiting.pop(0)]))
        time.sleep(0.2)
        done = [one for one in running if one.poll() is not None]
        running = [one for one in running if one not in done]
        for one in done:
            if one.returncode:
                for other in running:
                    other.terminate()
                sys.exit(f"a member's training ended with {one.returncode}; its messages are above.")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))
