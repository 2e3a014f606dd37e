"""The average of a network's weights over the steps of its training."""

import torch

from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.train.average import DECAY, WARM_UP, Average


def weight(network) -> torch.Tensor:
    return network.source.weight.detach().clone()


def filled(network, value: float) -> None:
    with torch.no_grad():
        network.source.weight.fill_(value)


def test_early_steps_count_less_to_the_start_and_late_ones_by_the_decay():
    network = RelationalLANDER(RelationalConfig(4, 1))
    filled(network, 0.0)
    average = Average(network)
    filled(network, 1.0)
    average.take(network)
    assert torch.allclose(weight(average.network), torch.tensor(1 - 1 / (1 + WARM_UP)))
    average.steps = 1_000_000
    filled(average.network, 0.0)
    average.take(network)
    assert torch.allclose(weight(average.network), torch.tensor(1 - DECAY))


def test_it_goes_on_from_what_was_kept():
    network = RelationalLANDER(RelationalConfig(4, 1))
    one = Average(network)
    filled(network, 2.0)
    one.take(network)
    other = Average(RelationalLANDER(RelationalConfig(4, 1)))
    other.restore(one.state())
    for each in (one, other):
        each.take(network)
    assert other.steps == 2
    assert torch.equal(weight(one.network), weight(other.network))
