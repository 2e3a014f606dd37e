"""Levels at which little merges: their graphs are carried over, and are those of a search of all."""

import numpy as np
import pytest

from hilander.graph.knn import KnnGraph
from hilander.hierarchy import graphs
from hilander.hierarchy.build import LevelSettings, build
from hilander.io.vectors import unit_vectors
from hilander.model.base import LinkPrediction, pseudo_density

K = 6


class Nearest:
    """Surely links the nearest hundredth of all pairs, and at the first level half."""

    def __init__(self):
        self.level = 0

    def least_nodes(self, _k):
        return 2

    def predict(self, graph, _nodes, _tick=None):
        self.level += 1
        least = np.quantile(graph.similarity, 0.5 if self.level == 1 else 0.99)
        prob = np.where(graph.similarity >= least, 0.9, 0.1)
        return LinkPrediction(prob, pseudo_density(graph.similarity, prob))


@pytest.fixture
def carried(monkeypatch):
    """Which levels' lists were carried, True, or not, one after the other."""
    found, carry = [], graphs.carried

    def counted(*given):
        lists = carry(*given)
        found.append(lists is not None)
        return lists

    monkeypatch.setattr(graphs, "LEAST_CARRIED", 40)
    monkeypatch.setattr(graphs, "carried", counted)
    return found


@pytest.mark.parametrize("feature", ["peak", "mean"])
def test_every_graph_is_that_of_a_search_of_all(rng, carried, feature):
    centres = rng.standard_normal((60, 8))
    x = unit_vectors(centres[rng.integers(0, 60, 700)] + 0.4 * rng.standard_normal((700, 8)))
    seen = []
    settings = LevelSettings(k=K, feature=feature, coarser=True, knn="exact")
    build(x, Nearest(), settings, observe=seen.append)
    assert sum(carried) > 3
    assert len({level.coarser for level in seen}) == 2
    for level in seen:
        of_mean = level.coarser or feature == "mean"
        vectors = level.nodes.unit_mean() if of_mean else level.nodes.x
        wanted = KnnGraph.from_unit(vectors, k=K, method="exact")
        np.testing.assert_array_equal(level.graph.neighbors, wanted.neighbors)
        np.testing.assert_allclose(level.graph.similarity, wanted.similarity, atol=1e-6)


def test_all_pairs_of_many_clusters_are_compared_where_the_next_levels_gain_by_it(rng, carried, monkeypatch):
    monkeypatch.setattr(graphs, "CLUSTERS_FROM_COST", 0)
    seen = []
    x = unit_vectors(rng.standard_normal((700, 8)))
    build(x, Nearest(), LevelSettings(k=K, feature="mean"), observe=seen.append)
    assert len(carried) == sum(carried) == len(seen) - 3  # the third is searched
    for level in seen[2:]:
        wanted = KnnGraph.from_unit(level.nodes.unit_mean(), k=K, method="exact")
        np.testing.assert_array_equal(level.graph.neighbors, wanted.neighbors)
    carried.clear()
    with monkeypatch.context() as patch:
        patch.setattr(graphs, "CARRIED_FROM_COST", 0)
        build(x, Nearest(), LevelSettings(k=K, feature="mean"))
    monkeypatch.setattr(graphs, "longer", lambda _n, m: m)  # of so many neighbours that there is no gain
    build(x, Nearest(), LevelSettings(k=K, feature="mean"))
    assert carried == []


@pytest.mark.parametrize(
    "settings", [LevelSettings(k=K, knn="approx"), LevelSettings(k=K, feature="mean", knn="exact")]
)
def test_of_approximate_lists_and_few_nodes_nothing_is_carried(rng, carried, settings, monkeypatch):
    if settings.knn == "exact":
        monkeypatch.setattr(graphs, "LEAST_CARRIED", 10_000)
    build(unit_vectors(rng.standard_normal((300, 8))), Nearest(), settings)
    assert carried == []
