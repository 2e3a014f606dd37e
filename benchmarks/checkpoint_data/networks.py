"""Small convolutional networks as embedders, at three strengths: after 1, 3 and 7 epochs of one training.

They learn a cosine margin between half of Omniglot's `embed` identities, each turn by 90 degrees an identity of
its own, and embed images that they have never seen. The training takes about two minutes of one core; the
weights are kept in .build/. Knows nothing about what the embeddings are for.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from checkpoint_data import omniglot
from checkpoint_data.kept import Arrays, fingerprint, kept
from checkpoint_data.repeatable import one_thread, torch_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from checkpoint_data.labelled import Labelled

BATCH = 1024  # images embedded at once
TURNS = 4


@dataclass(frozen=True)
class NetworkConfig:
    """How the networks are made; the learning rate falls in a straight line."""

    stops: tuple[tuple[str, int], ...] = (("weak", 1), ("mid", 3), ("strong", 7))  # after so many epochs
    width: int = 32
    dim: int = 64
    batch: int = 256
    rate: float = 2e-3
    last_rate: float = 1e-5
    decay: float = 1e-3
    margin: float = 0.2  # taken from the cosine of an image and its own identity
    sharpness: float = 20.0  # of the softmax over cosines
    seed: int = 0


class Embedder(nn.Module):
    """Grey images (n, 1, 28, 28) -> unit vectors (n, dim): three convolutions, each halving the sides."""

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _halving(1, width), _halving(width, 2 * width), _halving(2 * width, 2 * width)
        )
        self.out = nn.Linear(2 * width * 3 * 3, dim)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.out(self.features(images).flatten(1)), dim=1)


def _halving(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)
    )


def embed(images: NDArray[np.float32], strength: str) -> NDArray[np.float32]:
    """Images (n, 28, 28) in [0, 1] -> float32 (n, 64), unit rows, by the network of that strength."""
    return embedded(images, networks()[strength])


@torch.no_grad()
def embedded(images: NDArray[np.float32], network: Embedder) -> NDArray[np.float32]:
    starts = range(0, len(images), BATCH)
    return np.concatenate([network(torch.from_numpy(images[s : s + BATCH, None])).numpy() for s in starts])


@cache
def networks() -> dict[str, Embedder]:
    """The three, ready to embed; trained where .build/ does not have them."""
    return networks_of(omniglot.taught(), NetworkConfig())


def networks_of(images: Labelled, config: NetworkConfig, folder: Path | None = None) -> dict[str, Embedder]:
    """The networks of these images and settings, out of the kept weights or trained now."""
    depends_on = {
        "images": fingerprint(images.x),
        "labels": fingerprint(images.labels),
        "config": asdict(config),
        "code": fingerprint(np.frombuffer(Path(__file__).read_bytes(), np.uint8)),
        "torch": torch.__version__,
    }
    where = {} if folder is None else {"folder": folder}
    weights = kept("networks", depends_on, lambda: trained(images, config), **where)
    return {name: _loaded(weights, name, config) for name, _ in config.stops}


def _loaded(weights: Arrays, name: str, config: NetworkConfig) -> Embedder:
    network = Embedder(config.width, config.dim)
    own = {
        key.removeprefix(f"{name}/"): value for key, value in weights.items() if key.startswith(f"{name}/")
    }
    network.load_state_dict({key: torch.from_numpy(value) for key, value in own.items()})
    return network.eval()


def trained(images: Labelled, config: NetworkConfig) -> Arrays:
    """Train once; the weights at each stop as `name/parameter`. The same arrays for the same arguments."""
    print("Teaching the small networks; about two minutes, once ...", file=sys.stderr, flush=True)
    x, target = _turned(images)
    names = {epoch: name for name, epoch in config.stops}
    found: Arrays = {}
    with one_thread(), torch_seed(config.seed):
        learner = _Learner(int(target.max()) + 1, config)
        steps = len(x) // config.batch
        for epoch in range(max(names)):
            order = torch.randperm(len(x))
            for step in range(steps):
                rows = order[step * config.batch : (step + 1) * config.batch]
                learner.step(x[rows], target[rows], done=(epoch * steps + step) / (max(names) * steps))
            if (name := names.get(epoch + 1)) is not None:
                found |= {f"{name}/{key}": value for key, value in learner.weights().items()}
    return found


class _Learner:
    """A network, one centre an identity, and the optimiser of both."""

    def __init__(self, identities: int, config: NetworkConfig) -> None:
        self.config = config
        self.network = Embedder(config.width, config.dim)
        self.centres = nn.Parameter(torch.randn(identities, config.dim) * 0.1)
        self.optimiser = torch.optim.AdamW(
            [*self.network.parameters(), self.centres], config.rate, weight_decay=config.decay
        )

    def step(self, images: torch.Tensor, target: torch.Tensor, done: float) -> None:
        """One step down the loss; `done` is the share of all steps taken before."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate * (1 - done) + self.config.last_rate
        cosine = self.network(images) @ functional.normalize(self.centres, dim=1).T
        self.optimiser.zero_grad()
        torch.autograd.backward(_margin_loss(cosine, target, self.config))
        self.optimiser.step()

    def weights(self) -> Arrays:
        return {key: value.numpy().copy() for key, value in self.network.state_dict().items()}


def _turned(images: Labelled) -> tuple[torch.Tensor, torch.Tensor]:
    """Each image in four turns, and the number of its identity and turn."""
    names, code = np.unique(images.labels, return_inverse=True)
    x = torch.from_numpy(images.x[:, None])
    turned = torch.cat([torch.rot90(x, turn, (2, 3)) for turn in range(TURNS)])
    return turned, torch.from_numpy(np.concatenate([code + len(names) * turn for turn in range(TURNS)]))


def _margin_loss(cosine: torch.Tensor, target: torch.Tensor, config: NetworkConfig) -> torch.Tensor:
    own = functional.one_hot(target, cosine.shape[1])
    return functional.cross_entropy((cosine - config.margin * own) * config.sharpness, target)
