"""The level loop on a card: its steps against those on the host, and how often anything crosses between the two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hilander import api
from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.graph import host_rows, threads, upload
from hilander.graph.background import background
from hilander.graph.either import fetched
from hilander.graph.exact import exact_lists, exact_neighbors
from hilander.graph.groups import added, counted, from_steps, in_steps, weighted_sums
from hilander.graph.knn import KnnGraph
from hilander.hierarchy import card as hierarchy_card
from hilander.hierarchy import walks_on_card
from hilander.hierarchy.build import levels
from hilander.hierarchy.card import Card, build_on_card
from hilander.hierarchy.closest import closest_links
from hilander.hierarchy.coarsen import Groups, coarsen, first_nodes, means
from hilander.hierarchy.copies import distinct_rows, sorted_out
from hilander.hierarchy.decode import agreed_parents, parents_from_links, roots
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.walks import shared_ends
from hilander.io.duplicates import first_copies
from hilander.io.vectors import unit_vectors
from hilander.model.base import pseudo_density
from hilander.model.checkpoint import load_checkpoint
from hilander.model.crossing import ImageLinks
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.predict import NetworkPredictor
from tests.stand_in import DEVICE, StandIn

UP, DOWN, WAITS = (
    0,
    1,
    3,
)  # of a level past the first: the pack; rows searched again, pairs with links, next nodes
FIRST_DOWN, FIRST_WAITS = 5, 7  # background, pack and three lists of blocks; the walks' sizes too


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def some_groups(rng, n=400, dim=12, classes=40):
    """Rows around random centres, three of them twice."""
    centres = rng.normal(size=(classes, dim))
    x = centres[rng.integers(classes, size=n)] + 0.4 * rng.normal(size=(n, dim))
    return np.concatenate([x, x[:3]]).astype(np.float32)


@pytest.fixture
def level(rng):
    """neighbours, similarity, P and density of 300 nodes with ties among them"""
    x = unit_vectors(some_groups(rng, 300))
    graph = KnnGraph.from_unit(x, k=8)
    prob = np.round(rng.random(graph.similarity.shape), 2)
    return graph, prob, pseudo_density(graph.similarity, prob)


def on_card(graph):
    return KnnGraph(tensor(graph.neighbors), tensor(graph.similarity))


def test_densities_and_links_are_those_of_the_host(level):
    graph, prob, density = level
    near, there = tensor(graph.neighbors), tensor(prob)
    np.testing.assert_allclose(pseudo_density(tensor(graph.similarity), there), density, atol=1e-7)
    for tau in (0.0, 0.5, 0.99):
        expected = parents_from_links(graph.neighbors, prob, density, tau=tau)
        found = parents_from_links(near, there, tensor(density), tau=tau)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(roots(found), roots(expected))


@pytest.mark.parametrize("rows", [7, 2**22])
@pytest.mark.parametrize("tau", [None, 0.4])
def test_links_agreed_on_are_those_of_the_host(level, monkeypatch, rows, tau):
    monkeypatch.setattr("hilander.hierarchy.decode.ROWS", rows)
    graph, prob, density = level
    allowed = None if tau is None else prob > tau
    expected = agreed_parents(graph.neighbors, prob, density, least=0.3, allowed=allowed)
    may = None if allowed is None else tensor(allowed)
    found = agreed_parents(tensor(graph.neighbors), tensor(prob), tensor(density), least=0.3, allowed=may)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("tau", "one_in"), [(0.0, 3), (0.6, 1), (1.0, 1)])
def test_closest_links_are_those_of_the_host(level, rng, tau, one_in):
    graph, prob, _ = level
    size = rng.integers(1, 9, graph.n)
    expected = closest_links(graph, prob, size, tau=tau, one_in=one_in)
    found = closest_links(on_card(graph), tensor(prob), tensor(size), tau=tau, one_in=one_in)
    np.testing.assert_array_equal(found, expected)


def test_nodes_of_the_next_level_are_those_of_the_host(level, rng):
    graph, prob, density = level
    parent = parents_from_links(graph.neighbors, prob, density, tau=0.5)
    x = unit_vectors(rng.normal(size=(graph.n, 6)))
    one, other = first_nodes(x), first_nodes(tensor(x))
    for _ in range(2):
        one, other = coarsen(one, parent), coarsen(other, tensor(parent))
        for name in ("image", "x", "size", "of"):
            np.testing.assert_array_equal(getattr(other, name), getattr(one, name))
        np.testing.assert_allclose(other.mean, one.mean, atol=1e-6)
        np.testing.assert_allclose(other.unit_mean(), one.unit_mean(), atol=1e-6)
        parent = np.arange(len(one)) // 2 * 2


def test_a_mean_without_direction_gives_way_to_the_peak():
    opposite = np.array([[1, 0], [-1, 0], [0, 1]], np.float32)
    nodes = coarsen(first_nodes(tensor(opposite)), torch.tensor([0, 0, 2]))
    assert nodes.unit_mean().tolist() == [[1, 0], [0, 1]]


def test_the_background_is_that_of_the_host(rng):
    x = unit_vectors(rng.normal(size=(500, 9)) + 0.5)
    one, other = background(x), background(tensor(x))
    assert (other.mean, other.spread) == pytest.approx((one.mean, one.spread), abs=1e-6)


def test_sums_are_the_same_in_any_order(rng):
    values, group, order = rng.random(5_000), rng.integers(20, size=5_000), rng.permutation(5_000)
    found = [
        from_steps(added(in_steps(tensor(values[rows])), tensor(group[rows]), 20))
        for rows in (slice(None), order)
    ]
    assert torch.equal(*found)
    np.testing.assert_allclose(found[0], np.bincount(group, weights=values), atol=1e-6)
    assert counted(tensor(group), 25).tolist() == np.bincount(group, minlength=25).tolist()


def test_means_of_groups_are_those_of_the_host(rng):
    size, group = rng.integers(1, 9, 300), np.concatenate([np.arange(30), rng.integers(30, size=270)])
    x, weight = rng.normal(size=(300, 5)).astype(np.float32), (1 / size).astype(np.float32)
    found = weighted_sums(tensor(group), tensor(weight), tensor(x), 30)
    np.testing.assert_allclose(found, means(group, weight, x, 30), atol=1e-5)
    parent = np.arange(30)[group]
    groups = Groups.made_by(tensor(parent), tensor(size))
    for name in ("peaks", "of", "size", "weight"):
        np.testing.assert_array_equal(getattr(groups, name), getattr(Groups.made_by(parent, size), name))


@pytest.mark.parametrize("free", [2**31, 2_000_000])
def test_walks_end_where_those_of_the_host_end(rng, monkeypatch, free):
    monkeypatch.setattr(walks_on_card, "free_bytes", lambda _device: free)
    monkeypatch.setattr(walks_on_card, "fits", lambda _n, _device: True)
    neighbors = np.argsort(rng.random((400, 400)) + 10 * np.eye(400), axis=1)[:, :6]
    prob = rng.random((400, 6))
    found = shared_ends(tensor(neighbors), tensor(prob))
    np.testing.assert_allclose(found, shared_ends(neighbors, prob), atol=1e-4)
    assert torch.equal(found, shared_ends(tensor(neighbors), tensor(prob)))


def test_walks_that_do_not_fit_on_the_card_are_followed_by_the_host(rng, monkeypatch):
    monkeypatch.setattr(walks_on_card, "free_bytes", lambda _device: 0)
    neighbors, prob = np.array([[1], [0], [3], [2]]), rng.random((4, 1))
    np.testing.assert_array_equal(shared_ends(tensor(neighbors), tensor(prob)), shared_ends(neighbors, prob))


def test_links_between_clusters_are_counted_as_on_the_host(rng):
    neighbors, prob = tensor(rng.integers(90, size=(90, 5))), tensor(rng.random((90, 5), np.float32))
    one, other = ImageLinks.of(neighbors, prob), ImageLinks.of(neighbors, prob, whole=True)
    for n in (30, 10):
        cluster = tensor(np.arange(90) % n)
        crossed, again = one.between(cluster, n), other.between(cluster, n)
        for name in ("pairs", "count", "degree"):
            assert torch.equal(getattr(again, name), getattr(crossed, name))
        for name in ("sure", "every"):
            torch.testing.assert_close(getattr(again, name), getattr(crossed, name))
            assert getattr(again, name).dtype is torch.float32
        one, other = crossed.merged, again.merged


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f8", np.int16, np.uint8, bool])
def test_rows_are_made_unit_as_on_the_host(rng, dtype):
    x = (rng.normal(size=(50, 7)) * 50).astype(dtype)
    x[:, 0] = 1
    np.testing.assert_allclose(upload.unit_rows(x, "cpu"), unit_vectors(x), rtol=2e-7)


@pytest.mark.parametrize("value", [0, np.nan, np.inf])
def test_rows_that_cannot_be_unit_are_refused_in_the_same_words(value):
    x = np.ones((4, 3))
    x[2] = value
    with pytest.raises(InputError) as expected:
        unit_vectors(x)
    with pytest.raises(InputError) as found:
        upload.unit_rows(x, "cpu")
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("same_hash", [False, True])
def test_copies_are_those_of_the_host(rng, monkeypatch, same_hash):
    if same_hash:
        monkeypatch.setattr(upload, "_hashes", lambda x: torch.zeros(len(x), dtype=torch.int64))
    x = rng.integers(-1, 2, size=(60, 3)).astype(np.float32)
    x[3] = -0.0
    if same_hash:  # what shares a hash with another row but not its values stays alone, as on the host
        x[1:30] = x[0]
    found = upload.first_equal(tensor(x))
    wanted = np.where((x == x[0]).all(1), 0, np.arange(60)) if same_hash else first_copies(x)
    np.testing.assert_array_equal(found, wanted)
    one, other = sorted_out(tensor(x), found).on_host(), sorted_out(x, wanted)
    np.testing.assert_array_equal(one.row, other.row)
    np.testing.assert_array_equal(one.of, other.of)
    np.testing.assert_array_equal(sorted_out(tensor(x), found).nodes().size, other.nodes().size)


@pytest.mark.parametrize("k", [10, 90])
def test_lists_of_the_search_are_those_of_the_host(rng, k):
    x = unit_vectors(rng.normal(size=(300, 8)))
    expected = exact_neighbors(x, k - 1, "cpu", lambda _share: None)
    near, similarity = exact_lists(tensor(x), k - 1, "cpu", lambda _share: None, as_on_card=True)
    np.testing.assert_array_equal(near, expected[0])
    np.testing.assert_allclose(similarity, expected[1], atol=1e-6)


@pytest.fixture(scope="module")
def checkpoint():
    return load_checkpoint(ClusterConfig().checkpoint)


def predictor_and_settings(checkpoint, device, **changes):
    settings = api.level_settings(ClusterConfig(**changes), checkpoint, device)
    return NetworkPredictor(checkpoint.network, device=device), settings


@pytest.mark.parametrize("feature", ["peak", "mean"])
@pytest.mark.parametrize("linking", ["agreed", "surest"])
def test_every_level_has_the_nodes_of_the_host(rng, checkpoint, feature, linking):
    predictor, settings = predictor_and_settings(checkpoint, "cpu")
    settings = replace(settings, feature=feature, linking=linking)
    x = unit_vectors(some_groups(rng))
    distinct, there = distinct_rows(x), sorted_out(tensor(x), upload.first_equal(tensor(x)))
    expected = list(levels(distinct.nodes(), predictor, settings))
    found = list(levels(there.nodes(), predictor, settings, work=Card("cpu")))
    assert len(found) == len(expected) > 4
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.nodes.image, other.nodes.image)
        np.testing.assert_array_equal(one.nodes.size, other.nodes.size)
        np.testing.assert_allclose(one.prediction.link_prob, other.prediction.link_prob, atol=1e-4)
        np.testing.assert_allclose(one.whole, other.whole, atol=1e-5)
        seen = one.on_host()
        assert type(seen.graph.neighbors) is type(seen.nodes.mean) is type(seen.parent) is np.ndarray
        np.testing.assert_array_equal(seen.graph.neighbors, other.graph.neighbors)
        np.testing.assert_array_equal(seen.vectors(np.array([1, 0])), other.vectors(np.array([1, 0])))


def clustered(x, *, on_card, **settings):
    observer = FirstLevel(5, np.random.default_rng(0))
    config = ClusterConfig(device="cpu", **settings)
    found = api.clustered(x, config, observe=observer, on_card=on_card)
    return found, observer


def test_a_clustering_on_a_card_is_that_of_the_host_and_gives_numpy(rng):
    x = some_groups(rng)
    (one, seen), (other, expected) = clustered(x, on_card=True), clustered(x, on_card=False)
    for level in range(other.n_levels + 1):
        np.testing.assert_array_equal(one.labels_at(level), other.labels_at(level))
    np.testing.assert_allclose(one.density, other.density, atol=1e-5)
    np.testing.assert_allclose(one.link_prob[-3:], 1)  # the copies
    assert seen.profile == expected.profile
    np.testing.assert_array_equal(seen.graph.neighbors, expected.graph.neighbors)
    np.testing.assert_allclose(seen.wholes, expected.wholes, atol=1e-5)
    again, _ = clustered(x, on_card=True)
    assert (again.parent == one.parent).all()
    assert (again.link_prob == one.link_prob).all()


@pytest.mark.parametrize(
    "x",
    [
        np.ones((1, 3)),
        np.eye(2),
        np.ones((50, 4)),
        np.array([[1, 0], [-1, 0]] * 5),
        np.array([[0.0, 1], [-0.0, 1], [1, 0]]),
        np.repeat(np.random.default_rng(0).normal(size=(20, 5)), 7, axis=0),
        np.random.default_rng(0).integers(1, 5, (100, 3)),
    ],
    ids=["one", "two", "all equal", "opposites", "signs of zero", "copies", "whole numbers"],
)
@pytest.mark.parametrize("k", [10, 200])
def test_odd_rows_are_clustered_as_on_the_host(x, k):
    (one, _), (other, _) = clustered(x, on_card=True, k=k), clustered(x, on_card=False, k=k)
    assert (one.n_levels, one.natural_level) == (other.n_levels, other.natural_level)
    for level in range(other.n_levels + 1):
        np.testing.assert_array_equal(one.labels_at(level), other.labels_at(level))


def test_a_graph_of_other_distinct_rows_is_not_kept(rng):
    x = unit_vectors(some_groups(rng))
    _, seen = clustered(x, on_card=True)
    assert len(seen.image_graph(x).neighbors) == len(x) - 3
    x[5] = x[4]  # as if the host had rounded to a copy what the card has not
    assert seen.image_graph(x) is None


@pytest.fixture
def card(monkeypatch):
    monkeypatch.setattr(torch, "inference_mode", torch.no_grad)  # which wrapped tensors cannot do
    with StandIn() as card:
        yield card


def crossings(card, x, checkpoint, network=None):
    """Of every level, copies to the card, copies from it, and waits; and the hierarchy."""
    network = network or load_checkpoint(ClusterConfig().checkpoint).network
    predictor, found = NetworkPredictor(network, device=DEVICE), []
    settings = api.level_settings(ClusterConfig(tau=0.4), checkpoint, DEVICE)
    before = card.seen()

    def count(level):
        nonlocal before
        assert level.new_links >= 0
        found.append(tuple(now - then for now, then in zip(card.seen(), before, strict=True)))
        before = card.seen()

    return build_on_card(x, predictor, settings, observe=count), found


def test_a_level_on_a_card_is_fetched_in_one_copy_and_sends_none(rng, card, checkpoint):
    x = some_groups(rng)
    hierarchy, found = crossings(card, x, checkpoint)
    first, *others = found
    assert len(others) > 4
    assert {one[0] for one in others} == {UP}
    assert max(one[1] for one in others) == DOWN
    assert max(one[2] for one in others) <= WAITS
    assert first[1] == FIRST_DOWN
    alone = card.waits["equal"]  # of the committee's members, once
    assert first[2] <= FIRST_WAITS + 3 + alone  # of all rows: bad ones, copies, distinct ones
    assert first[0] == 2  # the embeddings, a block of them, and what they are hashed by
    np.testing.assert_array_equal(hierarchy.parent, clustered(x, on_card=True, tau=0.4)[0].parent)


@pytest.mark.parametrize(("encoder", "twice"), [("gat", False), ("gcn", True)])
def test_a_lander_on_a_card_asks_for_no_more(rng, card, checkpoint, encoder, twice):
    torch.manual_seed(0)
    network = LANDER(LanderConfig(24 if twice else 12, encoder, 16, 8, cluster_features=twice))
    _, (_, *others) = crossings(card, some_groups(rng), checkpoint, network)
    assert len(others) > 1
    assert max(one[0] for one in others) == UP
    assert max(one[1] for one in others) == DOWN
    assert max(one[2] for one in others) <= WAITS


def test_arrays_of_any_kinds_come_in_one_copy(rng, card):
    kinds = [np.uint8, np.float64, np.bool_, np.int64, np.float32, np.int32]
    arrays = [rng.integers(0, 2, size=(n, 3)).astype(kind) for n, kind in enumerate(kinds)]
    found = fetched(*(tensor(one).to(DEVICE) for one in arrays))
    assert card.down.total() == 1
    for one, other in zip(found, arrays, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_edges_that_would_fill_a_card_are_kept_by_the_host_and_change_nothing(
    rng, card, checkpoint, monkeypatch
):
    x = some_groups(rng)
    monkeypatch.setitem(threads.BLOCK_VALUES, "cuda", 100_000)  # several blocks
    expected, before = crossings(card, x, checkpoint)
    monkeypatch.setattr(host_rows, "free_bytes", lambda _device: 4 * 42 * 9 * 300)
    found, (first, *others) = crossings(card, x, checkpoint)
    for name in ("parent", "link_prob", "density"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert first[0] > before[0][0] + 20
    assert others[-1][:2] == (UP, DOWN)  # small again


def test_a_first_level_that_does_not_fit_is_judged_by_the_host(rng, monkeypatch):
    x = some_groups(rng)
    expected, _ = clustered(x, on_card=False)
    monkeypatch.setattr(hierarchy_card, "free_bytes", lambda _device: 1_000)
    monkeypatch.setattr(api, "build_on_card", None)
    np.testing.assert_array_equal(clustered(x, on_card=True)[0].parent, expected.parent)


def test_a_copy_that_sneaks_in_is_seen(rng, card, checkpoint, monkeypatch):
    def back_and_forth(x):
        return background(x.cpu().to(DEVICE))

    monkeypatch.setattr("hilander.hierarchy.build.background", back_and_forth)
    _, (first, *_) = crossings(card, some_groups(rng), checkpoint)
    assert first[:2] == (3, FIRST_DOWN + 1)


def test_the_host_and_the_card_do_not_mix(card):
    with pytest.raises(AssertionError, match="mixes"):
        torch.ones(3, device=DEVICE) + torch.ones(3)
    with pytest.raises(RuntimeError):
        torch.ones(3, device=DEVICE).numpy()
