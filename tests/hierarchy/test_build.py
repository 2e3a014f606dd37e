"""The level loop with a label oracle, the stopping rules, and `hilander.cluster` on small inputs."""

import numpy as np
import pytest

from hilander import Cancelled, InputError, cluster
from hilander.hierarchy.build import LevelSettings, build, levels
from hilander.hierarchy.coarsen import first_nodes
from hilander.hierarchy.walks import shared_ends
from hilander.io.vectors import unit_vectors
from hilander.metrics import scores
from hilander.model.base import LinkPrediction, pseudo_density
from hilander.train.oracle import LabelOracle


def test_the_oracle_finds_the_identities(blobs):
    x, truth = blobs
    hierarchy = build(unit_vectors(x), LabelOracle(truth), LevelSettings(k=10))
    assert scores(truth, hierarchy.labels_at("last")).Fb == 1
    for level in range(1, hierarchy.n_levels + 1):
        stats = hierarchy.levels[level - 1]
        assert stats.nodes == len(hierarchy.peaks_at(level - 1))
        assert stats.new_links == len(hierarchy.merges(level))


class Chain:
    """Links every node to the next denser one with one link a level, so that levels go on for long."""

    def __init__(self, links):
        self.links = links

    def least_nodes(self, _k):
        return 2

    def predict(self, graph, _nodes, _tick=None):
        prob = np.zeros(graph.similarity.shape)
        prob[: self.links] = 0.9
        return LinkPrediction(prob, np.arange(graph.n, dtype=np.float32) / graph.n)


def test_stops_at_the_level_count_asked_for(blobs):
    assert build(unit_vectors(blobs[0]), Chain(1), LevelSettings(levels=3)).n_levels == 3


# Each level links one node: 1 / 1 < k - 1, so early stop ends after the second level.
def test_early_stop_after_a_level_that_adds_as_much_as_the_one_before(blobs):
    x = unit_vectors(blobs[0])
    assert build(x, Chain(1), LevelSettings(k=10, early_stop=True)).n_levels == 2
    assert build(x, Chain(1), LevelSettings(k=2, early_stop=True, levels=5)).n_levels == 5


def test_converges_without_links(blobs):
    hierarchy = build(unit_vectors(blobs[0]), Chain(0), LevelSettings())
    assert hierarchy.n_levels == hierarchy.natural_level == 0
    assert (hierarchy.labels_at("natural") == np.arange(120)).all()


class Random:
    """P and densities of chance."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def least_nodes(self, _k):
        return 2

    def predict(self, graph, _nodes, _tick=None):
        prob = self.rng.random(graph.similarity.shape)
        return LinkPrediction(prob, pseudo_density(graph.similarity, prob))


@pytest.mark.parametrize("tau", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_agreed_links_are_surer_than_tau_and_of_alike_surroundings(blobs, tau, seed):
    seen = []
    settings = LevelSettings(tau=tau, first_tau=0.4, feature="mean", linking="agreed")
    hierarchy = build(unit_vectors(blobs[0]), Random(seed), settings, observe=seen.append)
    joined = hierarchy.merge_level <= hierarchy.natural_level
    assert joined.any()
    assert (hierarchy.link_prob[joined] > tau).all()
    first = seen[0]
    alike = shared_ends(first.graph.neighbors, first.prediction.link_prob)
    child = np.flatnonzero(first.parent != np.arange(len(first.parent)))
    slot = (first.graph.neighbors[child] == first.parent[child, None]).argmax(1)
    assert (alike[child, slot] > 0.4).all()


def test_from_the_second_level_on_it_is_known_what_the_first_one_said(blobs):
    seen = []
    settings = LevelSettings(tau=0.3, feature="mean", linking="agreed")
    build(unit_vectors(blobs[0]), Random(0), settings, observe=seen.append)
    first, *later = seen
    assert first.nodes.origin.link_prob is None
    assert later
    for level in later:
        np.testing.assert_allclose(level.nodes.origin.link_prob, first.prediction.link_prob, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 11])
def test_few_images(n, blobs):
    hierarchy = cluster(blobs[0][:n])
    assert len(hierarchy.labels_at("natural")) == n


@pytest.mark.parametrize("copies", [2, 6, 50, 500])
def test_exact_copies_end_in_one_cluster(copies, blobs):
    """However many there are, and however few neighbours a node has."""
    x = np.concatenate([blobs[0], np.repeat(blobs[0][:3], copies, axis=0)])
    hierarchy = cluster(x)
    for level in range(1, hierarchy.n_levels + 1):
        labels = hierarchy.labels_at(level)
        for i in range(3):
            assert set(labels[120 + i * copies : 120 + (i + 1) * copies].tolist()) == {labels[i]}
    assert hierarchy.levels[0].new_links == len(hierarchy.merges(1))
    assert hierarchy.levels[0].nodes == len(x) == len(hierarchy.density_at(0))


def test_nothing_but_copies():
    hierarchy = cluster(np.ones((1000, 4)))
    assert hierarchy.n_levels == hierarchy.natural_level == 1
    assert hierarchy.labels_at("natural").tolist() == [0] * 1000
    assert hierarchy.labels_at(0).tolist() == list(range(1000))
    assert hierarchy.recut(1.0).max() == 0


def test_copies_by_hand():
    """Rows a b a a c: two copies of row 0; b and c linked to nothing."""
    x = np.array([[1, 0], [0, 1], [1, 0], [1, 0], [-1, 0]], np.float32)
    hierarchy = build(x, Chain(0), LevelSettings())
    assert hierarchy.parent.tolist() == [0, 1, 0, 0, 4]
    assert hierarchy.merge_level.tolist() == [2, 2, 1, 1, 2]
    assert hierarchy.link_prob.tolist() == [0, 0, 1, 1, 0]


def test_the_same_input_gives_the_same_labels(blobs):
    first, second = (cluster(blobs[0]) for _ in range(2))
    for name in ("parent", "merge_level", "link_prob", "density"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_any_dimension_and_dtype_without_an_option(blobs):
    x, truth = blobs
    for same in (np.pad(x, ((0, 0), (0, 300))), x.astype(np.float16), (x * 100).astype(np.int16)):
        assert scores(truth, cluster(same).labels_at("natural")).Fb > 0.8


def test_progress_tells_each_level_and_may_cancel(blobs):
    seen = []
    hierarchy = cluster(blobs[0], progress=seen.append)
    assert [p.stage for p in seen][-1] == "done"
    merged = [p for p in seen if p.stage == "merge" and p.new_links]
    assert [p.level for p in merged] == list(range(1, hierarchy.n_levels + 1))
    assert merged[0].nodes == 120
    assert merged[0].edges == 120 * 9

    def cancel(_progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        cluster(blobs[0], progress=cancel)


def test_links_are_kept_with_their_similarity(blobs):
    x = unit_vectors(blobs[0])
    hierarchy = cluster(x)
    linked = np.flatnonzero(hierarchy.parent != np.arange(120))
    similarity = np.einsum("nd,nd->n", x[linked], x[hierarchy.parent[linked]])
    assert hierarchy.link_sim[linked] == pytest.approx(similarity, abs=1e-5)
    by_the_network = linked[hierarchy.merge_level[linked] <= hierarchy.natural_level]
    assert (hierarchy.link_prob[by_the_network] > 0.5).all()
    assert 0 < len(by_the_network) < len(linked)


def test_density_by_hand():
    assert pseudo_density(np.array([[0.8, 0.4]], np.float32), np.array([[1.0, 0.25]])) == pytest.approx(0.3)


def test_links_go_to_denser_nodes(blobs):
    for level in levels(first_nodes(unit_vectors(blobs[0])), LabelOracle(blobs[1]), LevelSettings()):
        child = np.flatnonzero(level.parent != np.arange(len(level.nodes)))
        own, theirs = level.prediction.density[child], level.prediction.density[level.parent[child]]
        assert (theirs >= own).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 1}, "k must be a whole number of at least 2; got 1"),
        ({"tau": float("nan")}, "tau must be a number from 0 to 1; got nan"),
        ({"checkpoint": "nowhere"}, "checkpoint must be a shipped name"),
        ({"engine": "jax"}, "engine must be one of torch, dgl; got 'jax'"),
    ],
)
def test_bad_settings(blobs, settings, message):
    with pytest.raises(InputError, match=message):
        cluster(blobs[0], **settings)
