"""Networks that judge together: the mean of their probabilities, and one checkpoint like any other."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hilander.errors import InputError
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.coarsen import first_nodes
from hilander.model.checkpoint import Checkpoint, OtherVersionError, load_checkpoint, save_checkpoint
from hilander.model.committee import Committee, CommitteeConfig
from hilander.model.predict import NetworkPredictor, check_dimension
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.model.whole import images_of


@pytest.fixture
def networks() -> list[RelationalLANDER]:
    torch.manual_seed(0)
    return [RelationalLANDER(RelationalConfig(8, 1)) for _ in range(3)]


@pytest.fixture
def level(blobs):
    x, _ = blobs
    return KnnGraph.build(x, k=6), first_nodes(x)


@pytest.mark.parametrize("engine", ["torch", "dgl"])
def test_its_probability_is_the_mean_of_its_members(networks, level, engine):
    if engine == "dgl":
        pytest.importorskip("dgl")
    each = [NetworkPredictor(one, engine=engine).predict(*level).link_prob for one in networks]
    found = NetworkPredictor(Committee.of(networks), engine=engine).predict(*level).link_prob
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-9)


def test_what_is_surer_stays_surer_where_float32_sees_one(networks, level):
    graph, nodes = level
    for one in networks:
        torch.nn.init.constant_(one.head[-1].weight, 0.0)
        one.head[-1].bias.data = torch.tensor([-15.0, 15.0])
    surer = Committee.of(networks)
    surer.members[0].head[-1].bias.data = torch.tensor([-15.1, 15.1])
    less = NetworkPredictor(Committee.of(networks)).predict(graph, nodes).link_prob
    more = NetworkPredictor(surer).predict(graph, nodes).link_prob
    assert np.float32(less[0, 0]) == 1
    assert (more > less).all()


def test_its_progress_never_goes_back(networks, level):
    told: list[float] = []
    NetworkPredictor(Committee.of(networks)).predict(*level, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len([share for share in told if 0.5 < share < 1.0]) >= 2  # after each of the first two members


def test_a_checkpoint_of_it_is_read_back(networks, level, tmp_path):
    committee = Committee.of(networks)
    save_checkpoint(Checkpoint("three", committee, 0.4, early_stop=False, feature="mean"), tmp_path / "three")
    back = load_checkpoint(tmp_path / "three")
    assert back.kind == "relational"
    assert back.network.config == CommitteeConfig(3, 8, 1)
    before, after = (NetworkPredictor(one).predict(*level).link_prob for one in (committee, back.network))
    assert (before == after).all()
    check_dimension(back.network, np.zeros((3, 17)))  # takes any


def test_members_of_another_version_are_told(networks, tmp_path):
    committee = Committee.of(networks)
    first = committee.members[0]
    first.edge_norm.mean, first.edge_norm.spread = torch.zeros(3), torch.ones(3)
    save_checkpoint(Checkpoint("old", committee, 0.4, early_stop=False), tmp_path / "old")
    with pytest.raises(OtherVersionError, match="sees 3 relations of a link"):
        load_checkpoint(tmp_path / "old")


@pytest.mark.parametrize("members", [0, -1, 10**9])
def test_a_damaged_number_of_members_is_refused_at_once(networks, members, tmp_path):
    folder = tmp_path / "bad"
    save_checkpoint(Checkpoint("bad", Committee.of(networks), 0.4, early_stop=False), folder)
    head = (folder / "config.json").read_text()
    (folder / "config.json").write_text(head.replace('"members": 3', f'"members": {members}'))
    (folder / "checksums.json").unlink()
    with pytest.raises(InputError, match="damaged"):
        load_checkpoint(folder)


def test_members_have_one_size(networks):
    with pytest.raises(ValueError, match="same sizes"):
        Committee.of([*networks, RelationalLANDER(RelationalConfig(4, 1))])
    with pytest.raises(ValueError, match="same sizes"):
        Committee.of([])


@pytest.mark.parametrize("engine", ["torch", "dgl"])
def test_of_many_images_the_first_member_judges_alone(networks, level, engine, monkeypatch):
    if engine == "dgl":
        pytest.importorskip("dgl")
    (graph, nodes), committee = level, Committee.of(networks)
    monkeypatch.setattr("hilander.model.committee.LARGE", len(nodes))
    alone = NetworkPredictor(networks[0], engine=engine).predict(graph, nodes).link_prob
    together = NetworkPredictor(committee, engine=engine, as_trained=True).predict(graph, nodes).link_prob
    found = NetworkPredictor(committee, engine=engine).predict(graph, nodes)
    assert (found.link_prob == alone).all()
    assert not np.allclose(together, alone)
    part = replace(nodes, whole=found.whole, of=np.zeros(3, np.int64))  # few nodes of the same many images
    assert images_of(part) == len(nodes)
    monkeypatch.setattr("hilander.model.committee.LARGE", len(nodes) + 1)
    assert np.allclose(NetworkPredictor(committee, engine=engine).predict(graph, nodes).link_prob, together)


@pytest.mark.parametrize("engine", ["torch", "dgl"])
def test_of_many_images_a_narrow_network_judges(networks, level, engine, monkeypatch):
    if engine == "dgl":
        pytest.importorskip("dgl")
    narrow = RelationalLANDER(RelationalConfig(4, 1))
    asked = NetworkPredictor(Committee.of(networks, narrow), engine=engine)
    without = NetworkPredictor(Committee.of(networks), engine=engine)
    assert (asked.predict(*level).link_prob == without.predict(*level).link_prob).all()
    monkeypatch.setattr("hilander.model.committee.LARGE", len(level[1]))
    alone = NetworkPredictor(narrow, engine=engine).predict(*level).link_prob
    assert (asked.predict(*level).link_prob == alone).all()
    assert not np.allclose(without.predict(*level).link_prob, alone)


def test_a_narrow_network_is_read_back_and_what_has_none_is_written_as_before(networks, level, tmp_path):
    narrow = RelationalLANDER(RelationalConfig(4, 1))
    committee = Committee.of(networks, narrow)
    save_checkpoint(Checkpoint("with", committee, 0.4, early_stop=False), tmp_path / "with")
    back = load_checkpoint(tmp_path / "with").network
    assert isinstance(back, Committee)
    assert back.config == CommitteeConfig(3, 8, 1, 4)
    before, after = (NetworkPredictor(one).predict(*level).link_prob for one in (narrow, back.narrow))
    assert (before == after).all()
    assert "narrow" not in Committee.of(networks).config.to_dict()


def test_a_narrow_network_has_its_committees_rounds(networks):
    with pytest.raises(ValueError, match="1 rounds; got 2"):
        Committee.of(networks, RelationalLANDER(RelationalConfig(4, 2)))


@pytest.mark.parametrize("images", [2, 7_999, 8_000, 11_999, 12_000])
def test_how_many_images_is_read_back_from_what_is_said_of_the_whole(images):
    whole = np.array([np.log(images) / 10], np.float32)
    few = first_nodes(np.eye(3, dtype=np.float32))
    assert images_of(replace(few, whole=whole)) == images
