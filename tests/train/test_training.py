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
from hilander.model.linear import Linear
from hilander.model.ops import TorchOps
from hilander.model.shift import compare
from hilander.train import networks, step
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.loop import Trainer, train
from hilander.train.loss import losses
from hilander.train.networks import new_network
from hilander.train.oracle import LabelOracle
from hilander.train.samples import batches, level_samples, together
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


@pytest.mark.parametrize("model", ["relational", "gat", "gcn"])
@pytest.mark.parametrize("layers", [1, 2])
def test_parts_and_blocks_give_the_losses_and_gradients_of_the_whole(model, layers, seen, monkeypatch):
    """An oracle: all edges of the level judged at once, the losses by their formulas, autograd's gradients."""
    lander = {"encoder": model, "cluster_features": True}
    kind = {"model": "lander", **lander} if model != "relational" else {}
    config = TrainConfig(hidden=16, layers=layers, precision="float32", **kind)
    network = new_network(config, [seen])
    sample = next(level_samples(seen.x, seen.labels, LabelOracle(seen.labels), LevelSettings(k=5), network))
    (whole,) = batches(sample, len(sample), layers, np.random.default_rng(0))
    logits = network(whole.inputs, whole.similarity, TorchOps(whole.neighbors))
    link, density = losses(logits, whole.similarity, whole.linked, whole.counted, whole.density)
    wanted = link.item() / int(whole.counted.sum()), density.item() / len(whole)
    (link / int(whole.counted.sum()) + 3 * density / len(whole)).backward()
    gradients = taken(network)

    monkeypatch.setitem(step.BLOCK_VALUES, "cpu", 500)
    assert step.learn(network, whole, 3.0) == pytest.approx(wanted, rel=1e-4)
    for name, value in taken(network).items():
        assert torch.allclose(value, gradients[name], rtol=1e-3, atol=1e-6), name

    found, edges = np.zeros(2), 0
    parts = list(batches(sample, 50, layers, np.random.default_rng(0)))
    for part in parts:
        counts = int(part.counted.sum()), len(part)
        found += np.array(step.learn(network, part, 1.0)) * counts
        edges += counts[0]
    assert (sum(map(len, parts)), edges) == (len(sample), int(sample.counted.sum()))
    assert found / (edges, len(sample)) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("encoder", ["gat", "gcn"])
@pytest.mark.parametrize("layers", [1, 3])
def test_nodes_some_after_others_give_the_outputs_of_all_at_once(encoder, layers, seen, monkeypatch):
    settings = {"hidden": 16, "encoder": encoder, "layers": layers, "precision": "float32"}
    network = new_network(TrainConfig(model="lander", **settings), [seen])
    sample = next(level_samples(seen.x, seen.labels, LabelOracle(seen.labels), LevelSettings(k=5), network))
    ops = TorchOps(sample.neighbors)
    at_once = network(sample.inputs[0], sample.similarity, ops).detach()
    monkeypatch.setattr("hilander.model.ops.PART_ROWS", 70)
    with torch.no_grad():
        assert torch.allclose(network(sample.inputs[0], sample.similarity, ops), at_once, atol=1e-5)


def taken(network) -> dict[str, torch.Tensor]:
    """The gradients, set back to none."""
    found = {name: value.grad.clone() for name, value in network.named_parameters()}
    network.zero_grad()
    return found


def test_images_of_one_identity_are_drawn_together():
    identity = np.array([3, 1, 1, 3, 2, 3, 1, 2] + [9] * 100)
    order = together(identity, np.random.default_rng(0))
    assert sorted(order) == list(range(108))
    changes = (np.diff(identity[order]) != 0).sum()
    assert changes < 8  # four groups and 9's in chunks
    again = together(identity, np.random.default_rng(1))
    assert order.tolist() != again.tolist()


# Two nodes, each the other's neighbour, cosine 0.5, of one identity; only node 0's link is counted.
def test_losses_by_hand():
    logits = torch.log(torch.tensor([[[0.25, 0.75]], [[0.9, 0.1]]]))
    similarity = torch.tensor([[0.5], [0.5]])
    linked, counted = torch.tensor([[True], [True]]), torch.tensor([[True], [False]])
    link, density = losses(logits, similarity, linked, counted, torch.tensor([0.5, 0.1]))
    assert float(link) == pytest.approx(-np.log(0.75))
    assert float(density) == pytest.approx(
        (0.5 * (2 * 0.75 - 1) - 0.5) ** 2 + (0.5 * (2 * 0.1 - 1) - 0.1) ** 2
    )


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


def test_levels_may_be_a_number_for_each_k(seen):
    config = TrainConfig(ks=(8, 4), levels=(1, 2), own_rounds=0)
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert [sample.neighbors.shape[1] for sample in Trainer([seen], config).true_levels] == [7, 3, 3]


def test_fewer_images_than_k_are_refused(seen):
    with pytest.raises(InputError, match="k 900 asks for 899 neighbours of every image; got"):
        train([seen], TrainConfig(ks=(900,)))


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
        ({"levels": 0}, "levels must be a whole number of at least 1; got 0"),
        ({"levels": (2, 3)}, "one for each k; got 2 3 for k 10 5 3"),
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


@pytest.mark.parametrize(
    ("precision", "native", "rounded"),
    [("auto", True, True), ("auto", False, False), ("float32", True, False), ("bfloat16", False, True)],
)
def test_a_lander_learns_by_rounded_products_where_they_are_quick_or_asked_for(
    precision, native, rounded, seen, monkeypatch
):
    monkeypatch.setattr(networks, "rounds_well", lambda: native)
    network = new_network(TrainConfig(**LANDER | {"precision": precision}), [seen])
    found = {layer.rounded for layer in network.modules() if isinstance(layer, Linear)}
    assert found == {rounded}


def test_rounded_products_learn_as_well(seen):
    each = {}
    for precision in ("float32", "bfloat16"):
        settings = QUICK | LANDER | {"precision": precision}
        each[precision] = train([seen], TrainConfig(**settings)).history[-1].loss
    assert each["bfloat16"] != each["float32"]
    assert each["bfloat16"] == pytest.approx(each["float32"], rel=0.05)
