"""Training on a few small groups: it learns, it is repeatable, and it says what it cannot use."""

import numpy as np
import pytest
import torch

from hilander.api import cluster
from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.build import LevelSettings
from hilander.hierarchy.first_level import FirstLevel
from hilander.metrics import scores
from hilander.model.checkpoint import load_checkpoint, save_checkpoint
from hilander.model.ops import TorchOps
from hilander.model.shift import compare
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.loop import train
from hilander.train.loss import losses
from hilander.train.networks import new_network
from hilander.train.oracle import LabelOracle
from hilander.train.samples import LevelSample, batches, level_samples
from hilander.train.sets import TrainSet

QUICK = {"epochs": 25, "ks": (8,), "own_rounds": 1, "hidden": 24, "learning_rate": 0.01, "validation": 0.0}
LANDER = {"model": "lander", "epochs": 60, "hidden": 64, "learning_rate": 0.05, "tau": 0.8}


@pytest.fixture(scope="module")
def seen():
    return mixture(np.random.default_rng(0), identities=30, dim=12, sizes=(4, 16), spread=0.4)


@pytest.fixture(scope="module")
def unseen():
    return mixture(np.random.default_rng(5), identities=30, dim=12, sizes=(4, 16), spread=0.4)


@pytest.mark.parametrize(
    ("settings", "least"),
    [({"ks": (8, 4)}, 0.85), (LANDER, 0.7), (LANDER | {"encoder": "gcn", "cluster_features": True}, 0.7)],
    ids=["relational", "gat", "gcn"],
)
def test_it_learns_and_its_checkpoint_clusters(settings, least, seen, unseen, tmp_path):
    records = []
    result = train([seen], TrainConfig(**QUICK | settings), records.append)
    assert [r.epoch for r in records] == list(range(1, result.config.epochs + 1))
    assert records[-1].loss < 0.7 * records[0].loss
    save_checkpoint(result.checkpoint("mine", data="generated"), tmp_path / "mine")
    back = load_checkpoint(tmp_path / "mine")
    assert back.making["settings"] == result.config.to_dict()
    for name, value in result.network.state_dict().items():
        assert torch.equal(value, back.network.state_dict()[name])
    hierarchy = cluster(seen.x, config=ClusterConfig(checkpoint=str(tmp_path / "mine"), k=8))
    assert scores(seen.labels, hierarchy.labels_at("natural")).Fb > least
    if result.config.model == "relational":
        hierarchy = cluster(unseen.x, checkpoint=str(tmp_path / "mine"))
        assert scores(unseen.labels, hierarchy.labels_at("natural")).Fb > least


def test_a_checkpoint_says_what_each_of_its_sets_looks_like(seen, tmp_path):
    other = mixture(np.random.default_rng(3), identities=20, dim=40, sizes=(4, 16), spread=0.9)
    result = train([seen, other], TrainConfig(**QUICK | {"epochs": 2}))
    save_checkpoint(result.checkpoint("mine"), tmp_path / "mine")
    home = load_checkpoint(tmp_path / "mine").home
    assert [(one.n, one.neighbors) for one in home] == [(len(seen), 7), (len(other), 7)]
    first = FirstLevel.beside(home)
    cluster(other.x, checkpoint=str(tmp_path / "mine"), k=8, observe=first)
    shift = compare(first.profile, home)
    assert (shift.verdict, shift.nearest) == ("home", home[1])
    assert shift.distance == pytest.approx(0, abs=1e-4)


def test_what_is_held_out_is_no_part_of_the_home(seen):
    result = train([seen], TrainConfig(**QUICK | {"epochs": 1, "validation": 0.3}))
    assert result.home[0].n < len(seen)


def test_divergence_is_said(seen):
    with pytest.raises(InputError, match=r"training diverged.*Lower the learning rate \(it is 1e\+06\)"):
        train([seen], TrainConfig(model="lander", learning_rate=1e6, hidden=8))


def test_the_same_seed_gives_the_same_weights(seen):
    config = TrainConfig(**QUICK | {"epochs": 2})
    first, second = (train([seen], config).network.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = train([seen], TrainConfig(**QUICK | {"epochs": 2, "seed": 1})).network.state_dict()
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("model", ["relational", "lander"])
def test_a_part_of_a_level_gives_the_same_outputs_as_the_whole(model, seen):
    config = TrainConfig(model=model, hidden=16, layers=2)
    network = new_network(config, [seen]).eval()
    sample = next(level_samples(seen.x, seen.labels, LabelOracle(seen.labels), LevelSettings(k=5), network))
    with torch.no_grad():
        whole = network(sample.inputs, sample.similarity, TorchOps(sample.neighbors))
    counted, total = 0, torch.zeros(2)
    for part in batches(sample, 50, config.layers, np.random.default_rng(0)):
        with torch.no_grad():
            logits = network(part.inputs, part.similarity, TorchOps(part.neighbors))
        link, _ = losses(logits, part)
        counted += int(part.counted.sum())
        total += torch.tensor([float(link) * float(part.counted.sum()), 0.0])
    assert counted == int(sample.counted.sum())
    assert float(total[0]) / counted == pytest.approx(float(losses(whole, sample)[0]), rel=1e-4)


# Two nodes, each the other's neighbour, cosine 0.5, of one identity; only node 0's link is counted.
def test_losses_by_hand():
    sample = LevelSample(
        torch.tensor([[1], [0]]),
        torch.tensor([[0.5], [0.5]]),
        torch.zeros(2, 1),
        torch.tensor([[True], [True]]),
        torch.tensor([[True], [False]]),
        torch.tensor([0.5, float("nan")]),
    )
    logits = torch.log(torch.tensor([[[0.25, 0.75]], [[0.9, 0.1]]]))
    link, density = losses(logits, sample)
    assert float(link) == pytest.approx(-np.log(0.75))
    assert float(density) == pytest.approx((0.5 * (2 * 0.75 - 1) - 0.5) ** 2)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 0, 0, 0], "at least two identities"),
        ([0, 1, 2, 3], "one of them with two images or more"),
        ([-1, -1, 0, 1], "one of them with two images or more"),
        ([0, 1], "one for each row"),
    ],
)
def test_labels_that_teach_nothing(labels, message):
    with pytest.raises(InputError, match=message):
        TrainSet.of(np.eye(4), np.array(labels))


def test_unknown_labels_are_left_out():
    one = TrainSet.of(np.eye(5), np.array([0, 0, -1, 1, 1]))
    assert one.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "resnet"}, "model must be one of relational, lander"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"ks": ()}, "at least one k"),
        ({"ks": (10, 1)}, "k must be a whole number of at least 2"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"cluster_features": True}, "choices of a lander"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        TrainConfig(**settings)


def test_a_lander_with_cluster_features_takes_its_own_dimension_alone(seen, tmp_path):
    """Embeddings of twice the dimension must not be read as peak and mean."""
    config = TrainConfig(**LANDER | {"epochs": 1, "ks": (5,), "own_rounds": 0, "cluster_features": True})
    save_checkpoint(train([seen], config).checkpoint("mine"), tmp_path / "mine")
    cluster(seen.x, checkpoint=str(tmp_path / "mine"))
    with pytest.raises(InputError, match="takes embeddings of 12 dimensions; these have 24"):
        cluster(np.tile(seen.x, 2), checkpoint=str(tmp_path / "mine"))


def test_a_lander_wants_one_dimension(seen):
    other = mixture(np.random.default_rng(0), identities=5, dim=7)
    with pytest.raises(InputError, match="one dimension"):
        train([seen, other], TrainConfig(model="lander"))
