"""The wide network against its members one after another: the same probabilities, in other steps."""

import numpy as np
import pytest
import torch

from hilander.config import DEFAULT_CHECKPOINT
from hilander.errors import Cancelled
from hilander.graph import threads
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import LevelSettings, build
from hilander.hierarchy.coarsen import first_nodes
from hilander.model.checkpoint import load_checkpoint
from hilander.model.committee import Committee
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.predict import NetworkPredictor
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.model.wide import Wide


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setitem(threads.BLOCK_VALUES, "cpu", 20_000)


@pytest.fixture
def level(blobs):
    return KnnGraph.build(blobs[0], k=6), first_nodes(blobs[0])


def test_the_shipped_committee_says_the_same_level_by_level(blobs, cores, small_blocks):
    network = load_checkpoint(DEFAULT_CHECKPOINT).network
    one, other = NetworkPredictor(network), NetworkPredictor(network, as_trained=True)
    assert one.wide(10)
    assert other.wide(10) is None
    seen = []

    def compare(level):
        anew = other.predict(level.graph, level.nodes)
        # P that leaves a cluster is a small difference of large sums, in float32 where nothing is merged
        np.testing.assert_allclose(level.prediction.link_prob, anew.link_prob, atol=1e-4)
        np.testing.assert_allclose(level.prediction.density, anew.density, atol=1e-4)
        seen.append(level.number)

    build(blobs[0], one, LevelSettings(k=6, coarser=True, feature="mean"), observe=compare)
    assert len(seen) > 3


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_a_single_network_is_one_member(level, rounds):
    torch.manual_seed(0)
    network = RelationalLANDER(RelationalConfig(8, rounds))
    for norm in (
        network.node_norm,
        network.edge_norm,
        network.whole_norm,
    ):  # some values are cut off, some are not
        norm.mean.normal_()
        norm.spread.uniform_(0.05, 1)
    one, other = NetworkPredictor(network), NetworkPredictor(network, as_trained=True)
    np.testing.assert_allclose(one.predict(*level).link_prob, other.predict(*level).link_prob, atol=1e-6)


def test_progress_never_goes_back_and_is_told_here(level, cores, small_blocks):
    told, threads_told = [], set()

    def tick(share):
        import threading

        told.append(share)
        threads_told.add(threading.current_thread())

    NetworkPredictor(load_checkpoint(DEFAULT_CHECKPOINT).network).predict(*level, tick)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 10
    assert len(threads_told) == 1


def test_a_cancel_is_heard_in_the_middle_and_the_threads_are_given_back(level, cores, small_blocks):
    def stop(share):
        if share > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        NetworkPredictor(load_checkpoint(DEFAULT_CHECKPOINT).network).predict(*level, stop)
    assert torch.get_num_threads() == cores


def test_other_networks_stay_as_they_are(level):
    torch.manual_seed(0)
    unlike = [RelationalLANDER(RelationalConfig(8, 1)) for _ in range(2)]
    unlike[1].edge_norm.mean += 1
    assert Wide.of(Committee.of(unlike)) is None
    assert Wide.of(LANDER(LanderConfig(dim=16, hidden=8))) is None
    mean = np.mean([NetworkPredictor(one).predict(*level).link_prob for one in unlike], axis=0)
    np.testing.assert_allclose(
        NetworkPredictor(Committee.of(unlike)).predict(*level).link_prob, mean, atol=1e-6
    )
