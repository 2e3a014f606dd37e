"""A network that learns from others: their mean judgement, in place of the labels."""

import numpy as np
import pytest
import torch

from hilander.errors import InputError
from hilander.hierarchy.build import LevelSettings, levels
from hilander.hierarchy.coarsen import first_nodes
from hilander.hierarchy.progress import Clock
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.predict import NetworkPredictor
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.loop import Trainer, train
from hilander.train.oracle import LabelOracle
from hilander.train.samples import level_samples
from hilander.train.sets import TrainSet
from hilander.train.teachers import Teachers

QUICK = {"epochs": 12, "ks": (8,), "own_rounds": 1, "hidden": 16, "learning_rate": 0.01, "validation": 0.0}

SETTINGS = LevelSettings(k=8)


@pytest.fixture(scope="module")
def seen() -> TrainSet:
    return mixture(np.random.default_rng(0), identities=20, dim=12, sizes=(4, 12), spread=0.6)


@pytest.fixture(scope="module")
def networks(seen) -> list[RelationalLANDER]:
    return [train([seen], TrainConfig(**QUICK | {"seed": seed})).network for seed in (0, 1)]


def first_level(seen, network):
    return next(level_samples(seen.x, seen.labels, LabelOracle(seen.labels), SETTINGS, network))


def test_a_level_is_taught_the_mean_of_what_the_networks_predict(seen, networks):
    sample = first_level(seen, networks[0])
    taught = Teachers.of(networks, "cpu").taught(sample)
    level = next(levels(first_nodes(seen.x), LabelOracle(seen.labels), SETTINGS, Clock(None)))
    each = [NetworkPredictor(one).predict(level.graph, level.nodes).link_prob for one in networks]
    np.testing.assert_allclose(taught.linked.numpy(), np.mean(each, axis=0), atol=1e-6)
    assert taught.linked.dtype == torch.float32
    assert not taught.linked.requires_grad
    assert taught.counted is sample.counted


def test_the_student_judges_as_its_teachers_where_the_labels_say_otherwise(seen, networks):
    wrong = TrainSet(
        seen.x, np.arange(len(seen)) % 2
    )  # identities that mean nothing: the student must not learn them
    student = train([wrong], TrainConfig(**QUICK | {"epochs": 40}), teachers=networks).network
    sample = first_level(seen, student)
    theirs = Teachers.of(networks, "cpu").link_prob(sample)
    its = Teachers.of([student], "cpu").link_prob(sample)
    assert (its - theirs).abs().mean() < 0.1
    assert (theirs - sample.linked).abs().mean() < (theirs - first_level(wrong, student).linked).abs().mean()


def test_every_level_of_a_training_is_taught(seen, networks):
    trainer = Trainer([seen], TrainConfig(**QUICK), teachers=Teachers.of(networks, "cpu"))
    list(trainer.epochs())
    for sample in trainer.true_levels + trainer.own_levels:
        assert torch.equal(sample.linked, Teachers.of(networks, "cpu").link_prob(sample))


def test_a_training_goes_on_with_the_same_teachers_alone(seen, networks, tmp_path):
    def stop(record):
        if record.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([seen], TrainConfig(**QUICK), stop, state=tmp_path, teachers=networks)
    with pytest.raises(InputError, match="taught by 2 networks"):
        train([seen], TrainConfig(**QUICK), state=tmp_path, resume=True)
    whole = train([seen], TrainConfig(**QUICK), teachers=networks)
    resumed = train([seen], TrainConfig(**QUICK), state=tmp_path, resume=True, teachers=networks)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name])
    assert whole.facts[0]["teachers"] == 2


LANDERS = [LANDER(LanderConfig(12, hidden=8, head=4))]


@pytest.mark.parametrize("networks", [[], LANDERS, [RelationalLANDER(RelationalConfig(4, 1)), *LANDERS]])
def test_teachers_are_relational(networks):
    with pytest.raises(InputError, match="teachers must be relational"):
        Teachers.of(networks, "cpu")
