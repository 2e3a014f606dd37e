"""Tuning: which settings are tried, which is taken, and a lander that was killed between its two forms."""

import numpy as np
import pytest

from hilander.errors import Cancelled, InputError
from hilander.metrics import Scores
from hilander.model.checkpoint import load_checkpoint, save_checkpoint
from hilander.train import tune
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.records import Trial, best_trial
from hilander.train.sets import split_identities
from hilander.train.tune import fit, saved_history, trials
from hilander.train.validation import natural_settings, validate

QUICK = {"epochs": 3, "ks": (6, 4), "own_rounds": 0, "hidden": 8, "tune": True}
LANDER = {**QUICK, "model": "lander"}


@pytest.fixture(scope="module")
def groups():
    return mixture(np.random.default_rng(0), identities=20, dim=8, sizes=(3, 8), spread=0.4)


def test_tau_at_the_own_k_then_k_then_tau_beside_it(monkeypatch):
    """An oracle: the score falls with the distance from tau 0.7 and k 9."""
    monkeypatch.setattr(
        tune, "validate", lambda _n, _h, it, _p: Scores(1 - abs(it.tau - 0.7) - abs(it.k - 9) / 9, 0.0, 0.0)
    )
    found = list(trials(None, [], TrainConfig(ks=(6, 4), tau=0.45)))
    assert [one.tau for one in found[:11]] == [0.45, *tune.TAUS]
    assert {one.k for one in found[:11]} == {6}
    assert [(one.k, one.tau) for one in found[11:]] == [(4, 0.7), (9, 0.7), (9, 0.6), (9, 0.8)]
    assert (best_trial(found).k, best_trial(found).tau) == (9, 0.7)


def test_of_equals_the_settings_given_are_taken(monkeypatch):
    monkeypatch.setattr(tune, "validate", lambda *_: Scores(0.5, 0.5, 0.5))
    found = list(trials(None, [], TrainConfig(ks=(6,), tau=0.35)))
    assert best_trial(found) == Trial(6, 0.35, None, Scores(0.5, 0.5, 0.5))


def test_the_choice_is_the_checkpoints_own_and_its_figures_are_kept(groups, tmp_path):
    told, epochs = [], []
    result = fit([groups], TrainConfig(**QUICK), epochs.append, trial=told.append)
    assert [(it.epoch, it.epochs) for it in epochs] == [(1, 3), (2, 3), (3, 3)]
    assert told == result.trials
    save_checkpoint(result.checkpoint("mine"), tmp_path / "mine")
    back = load_checkpoint(tmp_path / "mine")
    chosen = best_trial(result.trials)
    assert (back.tau, back.k) == (chosen.tau, chosen.k)
    assert back.making["tuned"] == chosen.to_dict()
    assert back.making["validation"]["Fb"] == chosen.scores.Fb
    assert len(back.making["trials"]) == len(result.trials)
    config = TrainConfig(**QUICK)
    held = split_identities(groups, config.validation, np.random.default_rng([0, 1]))[1]
    settings = natural_settings(TrainConfig(ks=(chosen.k,), tau=chosen.tau), "cpu")
    assert validate(result.network, [held], settings) == chosen.scores


def test_a_lander_is_trained_with_both_node_features(groups):
    told = []
    result = fit([groups], TrainConfig(**LANDER), told.append)
    assert [(it.epoch, it.epochs) for it in told] == [(i, 6) for i in range(1, 7)]
    assert {one.cluster_features for one in result.trials} == {False, True}
    assert result.config.cluster_features is result.chosen.cluster_features
    assert result.network.config.cluster_features is result.chosen.cluster_features
    assert len(result.history) == 3


@pytest.mark.parametrize("epoch", [2, 3, 5])
def test_stopped_in_either_form_it_comes_to_the_same_choice(groups, epoch, tmp_path):
    def hear(record):
        if record.epoch == epoch:
            raise Cancelled

    config = TrainConfig(**LANDER)
    with pytest.raises(Cancelled):
        fit([groups], config, hear, state=tmp_path)
    assert [it.epoch for it in saved_history(tmp_path)] == list(range(1, epoch + 1))
    told = []
    resumed = fit([groups], config, told.append, state=tmp_path, resume=True)
    assert [it.epoch for it in told] == list(range(epoch + 1, 7))
    assert resumed.trials == fit([groups], config).trials


def test_tuning_needs_identities_held_out():
    with pytest.raises(InputError, match="tune chooses by the identities held out; got validation 0"):
        TrainConfig(tune=True, validation=0.0)
