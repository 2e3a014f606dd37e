"""Levels past the natural one: which links they make, when they end, and that nothing before them changes."""

import numpy as np
import pytest

from hilander import InputError, cluster
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import LevelSettings, build, levels
from hilander.hierarchy.closest import closest_links
from hilander.hierarchy.coarsen import first_nodes
from hilander.hierarchy.schedule import MOST_COARSER, Schedule
from hilander.io.vectors import unit_vectors
from hilander.model.base import LevelNodes, LinkPrediction
from hilander.train.oracle import LabelOracle


def on_circle(*degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def links(degrees, size, prob=0.1, **more):
    graph = KnnGraph.from_unit(on_circle(*degrees), k=len(degrees))
    return closest_links(graph, np.full(graph.similarity.shape, prob), np.array(size), **more).tolist()


# Of three nodes one joins: 1 is 10 degrees from 0 and smaller.
def test_the_closest_third_joins_a_larger_neighbour():
    assert links([0, 10, 90], [5, 3, 9]) == [0, 0, 2]
    assert links([0, 10, 90], [3, 5, 9]) == [1, 1, 2]


# 0 and 1, 2 and 3 are equally far apart; (100, 100) would be the larger loss, so the pair (1, 1) goes first.
def test_large_clusters_are_harder_to_join():
    assert links([0, 10, 90, 100], [100, 100, 1, 1]) == [0, 1, 2, 2]


def test_equal_sizes_go_to_the_lower_number():
    assert links([0, 10, 90], [1, 1, 1]) == [0, 0, 2]


def test_two_thirds_are_left_and_never_a_cycle():
    parent = np.array(links([0, 1, 3, 6, 10, 15], [1] * 6))
    assert (parent != np.arange(6)).sum() == 2
    assert (parent <= np.arange(6)).all()


def test_what_the_network_rules_out_is_never_joined():
    assert links([0, 10, 90], [5, 3, 9], prob=0.0) == [0, 1, 2]


# Up to the natural level: all that tau allows join, each the closest larger one.
def test_all_that_are_allowed_join_at_once():
    assert links([0, 10, 30, 90], [9, 3, 2, 1], prob=0.4, tau=0.3, one_in=1) == [0, 0, 1, 2]
    assert links([0, 10, 30, 90], [9, 3, 2, 1], prob=0.3, tau=0.3, one_in=1) == [0, 1, 2, 3]


class No:
    """Gives every pair the same small probability: nothing merges up to the natural level."""

    def __init__(self, prob=0.01):
        self.prob = prob

    def least_nodes(self, _k):
        return 2

    def predict(self, graph, _nodes, _tick=None):
        return LinkPrediction(np.full(graph.similarity.shape, self.prob), np.zeros(graph.n, np.float32))


# Six images on a circle: 0 1 | 20 22 | 50 55. A third joins at each level: 6, 4, 3, 2, 1 clusters.
def test_coarser_levels_by_hand():
    x = on_circle(0, 1, 20, 22, 50, 55)
    hierarchy = build(x, No(), LevelSettings(k=6, coarser=True))
    assert hierarchy.natural_level == 0
    assert [len(hierarchy.peaks_at(level)) for level in range(5)] == [6, 4, 3, 2, 1]
    assert hierarchy.labels_at(1).tolist() == [0, 0, 1, 1, 2, 3]
    assert hierarchy.labels_at(2).tolist() == [0, 0, 1, 1, 2, 2]
    assert hierarchy.labels_at(3).tolist() == [0, 0, 0, 0, 1, 1]
    assert hierarchy.link_prob[hierarchy.parent != np.arange(6)] == pytest.approx(0.01)
    cosine = np.einsum("nd,nd->n", x, x[hierarchy.parent])
    assert hierarchy.link_sim[1:] == pytest.approx(cosine[1:], abs=1e-6)
    assert build(x, No(), LevelSettings(k=6)).n_levels == 0


def test_it_ends_where_the_oracle_rules_out_the_rest(blobs):
    hierarchy = build(unit_vectors(blobs[0]), LabelOracle(blobs[1]), LevelSettings(coarser=True))
    assert len(hierarchy.peaks_at("last")) == 12


@pytest.mark.parametrize("settings", [{}, {"early_stop": True}, {"levels": 1}, {"k": 3}, {"tau": 0.9}])
def test_levels_are_nested_fewer_each_and_the_same_up_to_the_natural_one(blobs, settings):
    longer, shorter = (cluster(blobs[0], **settings, coarser=coarser) for coarser in (True, False))
    natural = longer.natural_level
    assert natural == shorter.natural_level == shorter.n_levels
    assert longer.levels[:natural] == shorter.levels
    for level in range(natural + 1):
        assert (longer.labels_at(level) == shorter.labels_at(level)).all()
    counts = [len(longer.peaks_at(level)) for level in range(longer.n_levels + 1)]
    assert counts[-1] == 1
    for level in range(longer.n_levels):
        fine, coarse = longer.labels_at(level), longer.labels_at(level + 1)
        assert len(np.unique(np.stack([fine, coarse]), axis=1).T) == counts[level]
        assert counts[level + 1] < counts[level]
        if level >= natural and counts[level] > 2:
            assert counts[level] / counts[level + 1] <= 1.5 + 1e-9


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 11])
def test_few_images_end_in_one_cluster(n, blobs):
    hierarchy = cluster(blobs[0][::10][:n] if n <= 9 else blobs[0][:n])
    assert len(hierarchy.peaks_at("last")) == 1


def test_copies_come_before_coarser_levels():
    """Two copies each of three images that the network keeps apart: the copies alone are the natural level."""
    x = np.repeat(on_circle(0, 10, 90), 2, axis=0)
    hierarchy = build(x, No(), LevelSettings(coarser=True))
    assert hierarchy.natural_level == 1
    assert hierarchy.n_levels == 3
    assert hierarchy.labels_at("natural").tolist() == [0, 0, 1, 1, 2, 2]
    assert hierarchy.labels_at(2).tolist() == [0, 0, 0, 0, 1, 1]
    assert hierarchy.labels_at(3).tolist() == [0] * 6
    assert [len(hierarchy.density_at(level)) for level in range(3)] == [6, 3, 2]
    assert [stats.nodes for stats in hierarchy.levels] == [6, 3, 2]
    assert [stats.new_links for stats in hierarchy.levels] == [3, 1, 1]


def test_all_equal_images_have_no_coarser_level():
    hierarchy = cluster(np.ones((50, 4)))
    assert hierarchy.n_levels == hierarchy.natural_level == 1


def test_opposite_images_cancel_and_the_peak_stands_in():
    x = on_circle(0, 180, 90)
    nodes = LevelNodes(
        np.array([0, 2]), x[[0, 2]], np.array([[1e-8, 0], [0, 0.5]], np.float32), np.array([2, 1])
    )
    assert nodes.unit_mean() == pytest.approx(x[[0, 2]], abs=1e-6)
    opposite = np.concatenate([x[:2]] * 3 + [x[2:]])
    assert len(cluster(opposite).peaks_at("last")) == 1


def test_a_mean_feature_is_used_from_the_second_level_on():
    """0, 40 and 50 degrees: when the first two are one node, its mean (20) is nearer to 50 than its peak (0)."""
    x = on_circle(0, 40, 50)

    class FirstTwo(No):
        def predict(self, graph, nodes, _tick=None):
            prob = np.full(graph.similarity.shape, 0.01)
            if len(nodes) == 3:
                prob[1, graph.neighbors[1] == 0] = 0.9
            return LinkPrediction(prob, np.arange(graph.n, 0, -1).astype(np.float32))

    for feature, degrees in (("peak", 50), ("mean", 30)):
        settings = LevelSettings(k=3, feature=feature)
        *_, last = levels(first_nodes(x), FirstTwo(), settings, with_converged=True)
        assert len(last.nodes) == 2
        assert last.graph.similarity == pytest.approx(np.cos(np.radians(degrees)), abs=1e-6)


def test_progress_says_which_levels_are_past_the_natural_one(blobs):
    seen = []
    hierarchy = cluster(blobs[0], progress=seen.append)
    made = {p.level: p.coarser for p in seen if p.stage == "merge" and p.new_links}
    assert made == {level: level > hierarchy.natural_level for level in range(1, hierarchy.n_levels + 1)}


def test_coarser_levels_are_bounded():
    schedule = Schedule(LevelSettings(coarser=True), lambda _k: 2)
    schedule.made(0)
    tried = 0
    while schedule.goes_on(1000):
        schedule.made(1)
        tried += 1
    assert tried == MOST_COARSER
    assert schedule.number == MOST_COARSER + 1


def test_a_network_that_wants_more_nodes_ends_at_its_natural_level_and_coarser_goes_on():
    schedule = Schedule(LevelSettings(coarser=True), lambda k: k + 1)
    assert schedule.goes_on(5)
    schedule.made(1)
    assert schedule.goes_on(4)
    assert schedule.coarser


def test_coarser_must_be_true_or_false(blobs):
    with pytest.raises(InputError, match="coarser must be true or false; got 'no'"):
        cluster(blobs[0], coarser="no")
