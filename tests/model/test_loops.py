"""Compiled loops against torch's operations: what a network sees, and what it says, of levels of every kind."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from hilander.config import DEFAULT_CHECKPOINT
from hilander.graph import loops, threads, visits
from hilander.graph.knn import KnnGraph
from hilander.graph.room import Room
from hilander.hierarchy import vote_loops, walk_loops
from hilander.hierarchy.build import LevelSettings, build
from hilander.hierarchy.copies import distinct_rows
from hilander.io.vectors import unit_vectors
from hilander.model import crossing_loops, network_loops, predict, relation_columns, relation_loops, seen
from hilander.model.around import neighborhoods
from hilander.model.base import Origin
from hilander.model.checkpoint import load_checkpoint
from hilander.model.committee import Committee
from hilander.model.crossing import ImageLinks
from hilander.model.predict import NetworkPredictor
from hilander.model.relations import AT_FIRST, EDGE_WIDTH, MUTUAL, links_at_first, relations
from hilander.model.steps import CompiledSteps, TorchSteps
from hilander.model.wide import Wide

RUN = {
    relation_loops: ("neighborhoods", "cosines", "overlap", "edges", "nodes"),
    crossing_loops: ("sort_by", "add_up", "crossing"),
    network_loops: ("pool", "meet", "judge"),
    walk_loops: ("pull_of", "look_back", "count_steps", "fill_steps", "follow", "compare"),
    vote_loops: ("begin", "choose"),
    visits: ("depth_first", "renumber"),
}


@pytest.fixture
def always(monkeypatch):
    """Loops for as few images as there are, and for so few nodes at a time that there are several blocks."""
    monkeypatch.setattr(loops, "MANY", 0)
    monkeypatch.setitem(threads.BLOCK_VALUES, "cpu", 20_000)


def by(monkeypatch, function, *, compiled):
    with monkeypatch.context() as patch:
        patch.setattr(loops, "at_hand", lambda: compiled)
        return function()


def alike(one, other):
    for name in ("node", "edge", "whole"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), atol=2e-5, rtol=1e-5)
    torch.testing.assert_close(one.mean_edges(), other.mean_edges(), atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("m", [1, 2, 6])
def test_relations_of_a_first_level_with_copies(always, monkeypatch, rng, m):
    x = unit_vectors(rng.normal(size=(300, 12)).astype(np.float32))
    nodes = distinct_rows(np.concatenate([x, x[:40], x[:10]])).nodes()
    graph = KnnGraph.from_unit(nodes.x, k=m + 1)
    level = torch.from_numpy(graph.neighbors), torch.from_numpy(graph.similarity), nodes
    alike(*(by(monkeypatch, lambda: relations(*level), compiled=one) for one in (True, False)))


def test_edges_are_cut_off_by_loops_after_their_mean_is_taken(always, monkeypatch, rng):
    x = unit_vectors(rng.normal(size=(90, 5)).astype(np.float32))
    nodes, graph = distinct_rows(x).nodes(), KnnGraph.from_unit(x, k=5)
    level = torch.from_numpy(graph.neighbors), torch.from_numpy(graph.similarity), nodes
    bounds = torch.full((EDGE_WIDTH,), -0.125), torch.linspace(-0.125, 0.5, EDGE_WIDTH)
    whole = by(monkeypatch, lambda: relations(*level), compiled=True)
    cut = by(monkeypatch, lambda: relations(*level, bounds=bounds), compiled=True)
    assert torch.equal(cut.edge, whole.edge.clamp(*bounds))
    assert torch.equal(cut.mean_edges(), whole.mean_edges())
    assert (cut.cut, whole.cut) == (True, False)
    assert not by(monkeypatch, lambda: relations(*level, bounds=bounds), compiled=False).cut


@pytest.mark.parametrize("m", [1, 5])
def test_columns_that_the_first_level_does_without_say_what_they_would(always, monkeypatch, rng, m):
    x = unit_vectors(rng.normal(size=(90, 5)).astype(np.float32))
    nodes, graph = distinct_rows(x).nodes(), KnnGraph.from_unit(x, k=m + 1)
    level = torch.from_numpy(graph.neighbors), torch.from_numpy(graph.similarity), nodes
    whole = by(monkeypatch, lambda: relations(*level), compiled=True)
    short = by(monkeypatch, lambda: relations(*level, short=True), compiled=True)
    assert torch.equal(short.edge, whole.edge[:, :, :AT_FIRST])
    torch.testing.assert_close(short.mean_edges(), whole.mean_edges(), atol=1e-6, rtol=0)
    said = links_at_first(m)[short.edge[:, :, MUTUAL].long()]
    torch.testing.assert_close(said, whole.edge[:, :, AT_FIRST:], atol=1e-6, rtol=0)
    judge = load_checkpoint(DEFAULT_CHECKPOINT).network
    with torch.inference_mode():
        ways = [
            Wide.of(judge, 90).log_odds(replace(one, edge=one.edge.clone()), level[0])
            for one in (whole, short)
        ]
    torch.testing.assert_close(*ways, atol=1e-3, rtol=1e-4)


def test_a_network_that_cuts_off_who_is_mutual_takes_all_columns(always):
    network = load_checkpoint(DEFAULT_CHECKPOINT).network
    assert Wide.of(network, 90).short
    network.members[0].edge_norm.spread[MUTUAL] = 1e-3
    assert not Wide(network.members[:1], loops=True).short


def test_relations_and_probabilities_of_every_level(always, monkeypatch, blobs, cores):
    """As the shipped committee merges them, peaks and links of images included."""
    network = load_checkpoint(DEFAULT_CHECKPOINT).network
    numbers = []

    def compare(level):
        graph = torch.from_numpy(level.graph.neighbors), torch.from_numpy(level.graph.similarity)
        if level.graph.n_edges:
            ways = [
                by(monkeypatch, lambda: relations(*graph, level.nodes), compiled=one) for one in (True, False)
            ]
            alike(*ways)
        said = [
            by(monkeypatch, lambda: NetworkPredictor(network).predict(level.graph, level.nodes), compiled=one)
            for one in (True, False)
        ]
        np.testing.assert_allclose(said[0].link_prob, said[1].link_prob, atol=1e-4)
        numbers.append(level.number)

    settings = LevelSettings(k=6, coarser=True, feature="mean")
    build(blobs[0], NetworkPredictor(network), settings, observe=compare)
    assert len(numbers) > 3


def test_a_hierarchy_is_the_same_by_loops_and_by_torch(always, monkeypatch, blobs):
    network, settings = load_checkpoint(DEFAULT_CHECKPOINT).network, LevelSettings(k=6, linking="agreed")
    one, other = (
        by(monkeypatch, lambda: build(blobs[0], NetworkPredictor(network), settings), compiled=way)
        for way in (True, False)
    )
    np.testing.assert_array_equal(one.parent, other.parent)
    np.testing.assert_array_equal(one.merge_level, other.merge_level)


@pytest.mark.parametrize("n", [500, 507])
def test_neighbours_near_each_other_change_nothing(always, monkeypatch, rng, n):
    """Up to rounding: a part of a level is judged elsewhere with its nodes as they are."""
    x = unit_vectors(rng.normal(size=(n, 12)).astype(np.float32))
    nodes, graph = distinct_rows(np.concatenate([x, x[:40]])).nodes(), KnnGraph.from_unit(x, k=7)
    nodes = replace(nodes, origin=Origin(graph, nodes.background()))
    judge = NetworkPredictor(load_checkpoint(DEFAULT_CHECKPOINT).network)
    moved = judge.predict(graph, nodes)
    monkeypatch.setattr(predict, "_nearby", lambda *level: (None, *level))
    stayed = judge.predict(graph, nodes)
    for name in ("link_prob", "density", "whole"):
        np.testing.assert_allclose(getattr(moved, name), getattr(stayed, name), atol=1e-6)


def test_loops_are_what_is_run(always, monkeypatch, blobs):
    """Otherwise tests of this file, of walks and of votes would compare torch's operations with themselves."""
    called = set()

    def told(name, loop):
        def call(*arguments):
            called.add(name)
            return loop(*arguments)

        return call

    for module, names in RUN.items():
        for name in names:
            monkeypatch.setattr(module, name, told(name, getattr(module, name)))
    network = load_checkpoint(DEFAULT_CHECKPOINT).network
    build(blobs[0], NetworkPredictor(network), LevelSettings(k=6, feature="mean", linking="agreed"))
    assert called == {name for names in RUN.values() for name in names}


def test_links_between_clusters_are_counted_alike(always, monkeypatch, rng):
    neighbors, prob = rng.integers(0, 50, (50, 7)), rng.random((50, 7), np.float32)
    links = ImageLinks.of(torch.from_numpy(neighbors), torch.from_numpy(prob))
    cluster = torch.from_numpy(rng.permutation(np.arange(50) % 12))
    ways = [by(monkeypatch, lambda: links.between(cluster, 12), compiled=one) for one in (True, False)]
    further = torch.from_numpy(rng.integers(0, 4, 12))[cluster]
    ways += [
        by(monkeypatch, lambda: ways[0].merged.between(further, 4), compiled=one) for one in (True, False)
    ]
    for one, other in (ways[:2], ways[2:]):
        for name in ("pairs", "count", "sure", "every", "degree"):
            assert torch.equal(getattr(one, name), getattr(other, name))
        assert torch.equal(one.merged.sure, other.merged.sure)
        for links_of in (one.merged, other.merged):
            groups = cluster if one.n == 12 else further
            assert torch.equal(groups[links_of.here] * one.n + groups[links_of.there[:, 0]], one.pairs)


def test_columns_of_the_table_are_those_that_are_named():
    named = [one.name for one in fields(seen.Nodes)]
    assert set(relation_columns.COLUMNS) <= set(named)
    for place, name in enumerate(relation_columns.COLUMNS):
        assert getattr(relation_columns, name.upper()) == place


def test_neighbours_that_are_not_similar_at_all_count_nothing(rng):
    unit = torch.from_numpy(unit_vectors(rng.normal(size=(30, 5)).astype(np.float32)))
    neighbors = torch.stack([torch.randperm(30)[:4] for _ in range(20)])  # fewer nodes than there are vectors
    similarity = torch.rand(20, 4) * 2 - 1
    ways = [neighborhoods(unit, neighbors, similarity, loops=one) for one in (True, False)]
    torch.testing.assert_close(*ways, atol=1e-6, rtol=0)


@pytest.mark.parametrize("members", [1, 3])
def test_steps_of_one_member_and_of_several(members):
    torch.manual_seed(0)
    network = load_checkpoint(DEFAULT_CHECKPOINT).network
    assert isinstance(network, Committee)
    heads = [one.head for one in network.members][:members]
    b, m, hidden = 7, 4, 96
    width = hidden * members
    gate, bias, values = torch.randn(b * m, width), torch.randn(width), torch.randn(20, width)
    neighbors, target = torch.randint(0, 20, (b, m)), torch.randn(b, width)
    found = []
    with torch.inference_mode():
        for steps in (TorchSteps(), CompiledSteps()):
            seen_of = steps.pooled(gate.clone(), bias, values, neighbors, Room())[:, 1:].clone()
            codes = gate.clone()
            steps.meet(codes, values, target, neighbors)
            odds = [
                steps.linked(head, codes[:, i * hidden : (i + 1) * hidden], Room())
                for i, head in enumerate(heads)
            ]
            found.append([seen_of, codes, *odds])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-5)
