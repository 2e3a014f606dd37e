"""A training's network and optimiser, fresh. Knows nothing about levels or epochs."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hilander.errors import InputError
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.linear import Linear, rounds_well
from hilander.model.predict import Network
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.train.config import TrainConfig
from hilander.train.sets import TrainSet


def new_network(config: TrainConfig, sets: Sequence[TrainSet]) -> Network:
    """A network with fresh weights drawn from the config's seed.

    Raises
    ------
    InputError   no sets; a lander on sets of more than one dimension
    """
    dims = sorted({one.x.shape[1] for one in sets})
    if not dims or (config.model == "lander" and len(dims) > 1):
        raise InputError(
            f"a lander is trained on embeddings of one dimension; got {dims or 'no data'}. "
            "Train one for each, or a relational one."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.model == "relational":
            return RelationalLANDER(RelationalConfig(config.width, config.depth))
        width = dims[0] * (2 if config.cluster_features else 1)
        sizes = (config.width, config.width // 2, config.depth)
        network = LANDER(LanderConfig(width, config.encoder, *sizes, config.cluster_features))
    if config.precision == "bfloat16" or (config.precision == "auto" and rounds_well()):
        round_products(network)
    return network


def round_products(network: LANDER) -> None:
    """From here on the network learns by rounded products (`linear.Linear`); what it predicts is not rounded."""
    for layer in network.modules():
        if isinstance(layer, Linear):
            layer.rounded = True


def new_optimizer(network: Network, config: TrainConfig) -> torch.optim.Optimizer:
    """SGD with momentum for the paper's network, as released; AdamW for ours."""
    rate, decay = config.rate, config.weight_decay
    if config.model == "lander":
        return torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, weight_decay=decay)
    return torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay)
