"""Identities held out choose the epoch: the split by hand, early stopping, the best epoch's weights."""

import numpy as np
import pytest
import torch

from hilander.errors import InputError
from hilander.hierarchy.build import LevelSettings
from hilander.metrics import Scores
from hilander.train import loop
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.loop import train
from hilander.train.sets import TrainSet, split_identities
from hilander.train.validation import natural_settings, validate

QUICK = {"epochs": 6, "ks": (5,), "own_rounds": 0, "hidden": 8}


@pytest.fixture(scope="module")
def groups():
    return mixture(np.random.default_rng(0), identities=20, dim=8, sizes=(3, 8), spread=0.4)


@pytest.mark.parametrize(("share", "identities"), [(0.2, 4), (0.5, 10), (0.01, 2)])
def test_whole_identities_are_held_out(groups, share, identities, rng):
    fit, held = split_identities(groups, share, rng)
    assert len(np.unique(held.labels)) == identities
    assert not set(fit.labels) & set(held.labels)
    assert len(fit) + len(held) == len(groups)


def test_no_more_images_are_held_out_than_validating_needs(groups, rng, monkeypatch):
    monkeypatch.setattr("hilander.train.sets.HELD_MOST", 20)
    held = split_identities(groups, 0.9, rng)[1]
    assert 0 < len(held) <= 20


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0, 0, 1, 1, 2, 2], "leaves 1 to train on"),
        ([0, 0, 0, 0, 1, 2, 3, 4], "with at most 1 images each"),
    ],
)
def test_a_share_that_leaves_no_pair_is_told(labels, told, rng):
    one = TrainSet.of(np.eye(len(labels)), np.array(labels))
    with pytest.raises(InputError, match=told):
        split_identities(one, 0.2, rng)


def script(monkeypatch, scores):
    """Validation gives these figures, one after another."""
    left = iter(scores)
    monkeypatch.setattr(loop, "validate", lambda *_: Scores(next(left), 0.5, 0.5))


def test_the_best_epochs_weights_are_handed_over(groups, monkeypatch):
    seen = []

    def keep(network, *_):
        seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return Scores([0.1, 0.6, 0.9, 0.2, 0.9, 0.3][len(seen) - 1], 0.5, 0.5)

    monkeypatch.setattr(loop, "validate", keep)
    result = train([groups], TrainConfig(**QUICK))
    assert [record.best_epoch for record in result.history] == [1, 2, 3, 3, 5, 5]  # of equals the later
    assert result.best.epoch == 5
    assert all(torch.equal(value, seen[4][name]) for name, value in result.network.state_dict().items())
    making = result.checkpoint("mine").making
    assert (making["epoch"], making["validation"]["Fp"]) == (5, 0.9)


def test_patience_ends_a_training(groups, monkeypatch):
    script(monkeypatch, [0.5, 0.6, 0.1, 0.1, 0.1, 0.1])
    assert len(train([groups], TrainConfig(**QUICK, patience=2)).history) == 4


def test_without_patience_it_goes_to_its_end(groups, monkeypatch):
    script(monkeypatch, [0.5, 0.6, 0.1, 0.1, 0.1, 0.1])
    assert len(train([groups], TrainConfig(**QUICK, patience=0)).history) == 6


def test_the_figures_are_those_of_the_level_loop_on_the_held_identities(groups):
    config = TrainConfig(**QUICK)
    result = train([groups], config)
    held = split_identities(groups, config.validation, np.random.default_rng([0, 1]))[1]
    again = validate(result.network, [held], natural_settings(config, "cpu"))
    assert result.best.validation == again
    settings = natural_settings(TrainConfig(model="lander", tau=0.8, ks=(5, 10)), "cpu")
    assert settings == LevelSettings(k=10, tau=0.8, early_stop=True)


def test_only_some_epochs_of_a_long_training_are_checked():
    config = TrainConfig(epochs=95)
    checked = [epoch for epoch in range(1, 96) if config.checked(epoch)]
    assert checked[:3] == [3, 6, 9]
    assert checked[-2:] == [93, 95]
    assert not any(TrainConfig(validation=0.0).checked(epoch) for epoch in range(1, 151))
