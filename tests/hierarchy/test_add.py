"""New images join a hierarchy that stands: by hand, and properties that hold of any data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hilander import Run, api, load_checkpoint
from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.graph.insert import insert, nearest
from hilander.graph.knn import KnnGraph
from hilander.hierarchy import add as adding
from hilander.hierarchy import vicinity
from hilander.hierarchy.copies import distinct_rows
from hilander.hierarchy.first_level import FirstLevel
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.joins import agreed_joins, closest_joins, may_join, surest_joins
from hilander.hierarchy.judged import Judged
from hilander.io.vectors import unit_vectors
from hilander.model.predict import NetworkPredictor

ARRAYS = ("parent", "merge_level", "link_prob", "link_sim")
CONFIG = {"checkpoint": "relational", "k": 6}


def made(x: np.ndarray, ids: np.ndarray | None = None, **config: object) -> Run:
    first, config = FirstLevel(0, np.random.default_rng(0)), CONFIG | config
    hierarchy = api.cluster(x, observe=first, **config)
    return Run(hierarchy, ids, {"config": config}, first.image_graph(unit_vectors(x)), first.wholes)


@pytest.fixture(scope="module")
def groups() -> tuple[np.ndarray, np.ndarray]:
    """Thirty groups of twelve in 24 dimensions, in random order."""
    rng = np.random.default_rng(3)
    labels = rng.permutation(np.repeat(np.arange(30), 12))
    return unit_vectors(rng.normal(size=(30, 24))[labels] + 0.25 * rng.normal(size=(360, 24))), labels


@pytest.fixture(scope="module")
def run(groups) -> Run:
    return made(groups[0][:320])


def saved(hierarchy: Hierarchy, folder) -> Hierarchy:
    """What is read back is checked: one forest whose links never lead back down."""
    hierarchy.save(folder)
    return Hierarchy.load(folder)


# Node 0 is new, between the old 1 and 2 (one tree, number 7) and 3 (alone); 4 is new and denser than 0.
NEIGHBORS = np.array([[3, 1, 2, 4], [0, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 4], [0, 1, 2, 3]])
NEW = np.array([True, False, False, False, True])
PROB = np.tile([0.9, 0.8, 0.7, 0.6], (5, 1))


def test_new_nodes_link_to_any_old_one_and_to_denser_new_ones():
    density = np.array([0.5, 0.1, 0.9, 0.1, 0.6], np.float32)
    found = may_join(NEIGHBORS, NEW, density, PROB > 0.65)
    assert found.tolist() == [
        [True, True, True, False],
        [False] * 4,
        [False] * 4,
        [False] * 4,
        [False, True, True, False],
    ]
    assert may_join(NEIGHBORS, NEW, density, PROB > 0.5)[0].all()


def test_the_surest_is_taken_alone_and_the_tree_that_most_speak_for_together():
    open_to = np.zeros((5, 4), bool)
    open_to[0, :3] = True
    assert surest_joins(NEIGHBORS, PROB, open_to).tolist() == [3, 1, 2, 3, 4]
    tree = np.array([0, 7, 7, 3, 4])
    assert agreed_joins(NEIGHBORS, PROB, open_to, tree).tolist() == [1, 1, 2, 3, 4]


def test_the_closest_is_taken_unless_it_is_too_far():
    graph = KnnGraph(NEIGHBORS, PROB.astype(np.float32))
    open_to = np.zeros((5, 4), bool)
    open_to[0, 1:3] = True
    size = np.ones(5, np.int64)  # cost of 0.2 sqrt(1/2)
    assert closest_joins(graph, size, open_to, np.inf)[0] == 1
    assert closest_joins(graph, size, open_to, 0.1)[0] == 0
    assert closest_joins(graph, size * [1, 100, 1, 1, 1], open_to, np.inf)[0] == 1


@pytest.mark.parametrize(("n", "new"), [(50, 1), (50, 30), (300, 200), (12, 40)])
def test_a_graph_with_rows_put_in_is_the_graph_of_all_rows(n, new, rng, monkeypatch):
    monkeypatch.setattr("hilander.graph.insert.COLUMNS", 64)
    monkeypatch.setattr("hilander.graph.insert.ROWS", 16)
    x = unit_vectors(rng.normal(size=(n + new, 6)))
    found, changed = insert(KnnGraph.from_unit(x[:n], k=8, method="exact"), x)
    wanted = KnnGraph.from_unit(x, k=8, method="exact")
    np.testing.assert_array_equal(found.neighbors, wanted.neighbors)
    np.testing.assert_allclose(found.similarity, wanted.similarity, atol=1e-6)
    assert changed.tolist() == np.flatnonzero((wanted.neighbors[:n] >= n).any(1)).tolist()
    rows = np.arange(0, n + new, 3)
    np.testing.assert_array_equal(nearest(x, rows, 7), wanted.neighbors[rows])


def test_rows_that_are_all_equally_far_apart_fill_their_lists():
    x = np.eye(40, dtype=np.float32)
    found, _ = insert(KnnGraph.from_unit(x[:30], k=5, method="exact"), x)
    assert (np.sort(found.neighbors, axis=1)[:, 1:] > np.sort(found.neighbors, axis=1)[:, :-1]).all()
    assert (found.neighbors != np.arange(40)[:, None]).all()


def test_old_links_stand_and_the_result_is_a_hierarchy(run, groups, tmp_path):
    x = groups[0]
    added = api.add(run, x[:320], x[320:])
    found = saved(added.run.hierarchy, tmp_path)
    assert (found.n, added.old, added.new, found.n_levels) == (360, 320, 40, run.hierarchy.n_levels)
    for name in ("parent", "link_prob", "link_sim", "merge_level"):
        np.testing.assert_array_equal(getattr(found, name)[:320], getattr(run.hierarchy, name))
    for level in range(found.n_levels):
        assert len(found.density_at(level)) == len(found.peaks_at(level)) == found.levels[level].nodes
        np.testing.assert_array_equal(
            found.density_at(level)[: run.hierarchy.levels[level].nodes], run.hierarchy.density_at(level)
        )
    assert [level.new_links for level in found.levels] == [
        len(found.merges(level)) for level in range(1, found.n_levels + 1)
    ]


def test_adding_nothing_gives_the_same_hierarchy(run, groups):
    x, checkpoint = groups[0][:320], load_checkpoint("relational")
    judged = Judged.of(run.graph, run.wholes, distinct_rows(x))
    predictor = NetworkPredictor(checkpoint.network)
    settings = api.level_settings(ClusterConfig(**CONFIG), checkpoint, "cpu")
    same = adding.add(run.hierarchy, judged, x, predictor, settings)
    for name in (*ARRAYS, "density"):
        np.testing.assert_array_equal(getattr(same.hierarchy, name), getattr(run.hierarchy, name))
    assert same.hierarchy.levels == run.hierarchy.levels
    np.testing.assert_array_equal(same.judged.graph.neighbors, judged.graph.neighbors)


def test_the_order_of_the_new_ones_does_not_matter(run, groups):
    x = groups[0]
    there = api.add(run, x[:320], x[320:]).run.hierarchy.labels_at("natural")
    back = api.add(run, x[:320], x[320:][::-1].copy()).run.hierarchy.labels_at("natural")
    np.testing.assert_array_equal(there, np.concatenate([back[:320], back[320:][::-1]]))


def test_they_join_the_group_that_they_are_of(run, groups):
    x, labels = groups
    added = api.add(run, x[:320], x[320:])
    peak = added.run.hierarchy.peak_of("natural")
    assert added.joined.all()
    assert added.clusters == 0
    assert (labels[peak[320:]] == labels[320:]).mean() > 0.95


def test_a_group_that_is_new_becomes_a_cluster_of_its_own(groups):
    x, labels = groups
    order = np.argsort(labels == 29, kind="stable")
    added = api.add(made(x[order[:348]]), x[order[:348]], x[order[348:]])
    assert not added.joined.any()
    assert added.clusters == 1


def test_exact_copies_join_their_originals_at_the_first_level(run, groups):
    x = groups[0][:320]
    added = api.add(run, x, np.concatenate([x[:5], x[:2], 2 * groups[0][320:321], groups[0][320:321]])).run
    h = added.hierarchy
    assert h.parent[320:327].tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert h.merge_level[320:327].tolist() == [1] * 7
    assert h.link_prob[320:327].tolist() == h.link_sim[320:327].tolist() == [1] * 7
    assert h.labels_at(1)[320:327].tolist() == h.labels_at(1)[[0, 1, 2, 3, 4, 0, 1]].tolist()
    assert h.parent[328] == 327
    assert added.graph.near(320)[0].tolist() == added.graph.near(0)[0].tolist()


def test_adding_copies_alone_changes_nothing_else(run, groups):
    x = groups[0][:320]
    added = api.add(run, x, x).run.hierarchy
    for level in range(added.n_levels + 1):
        if level:
            np.testing.assert_array_equal(added.labels_at(level)[:320], run.hierarchy.labels_at(level))
            np.testing.assert_array_equal(added.labels_at(level)[320:], run.hierarchy.labels_at(level))


def test_twice_is_as_good_as_once(run, groups, tmp_path):
    x = groups[0]
    once = api.add(run, x[:320], x[320:340]).run
    once.save(tmp_path / "once")
    twice = api.add(Run.load(tmp_path / "once"), x[:340], x[340:])
    assert (twice.old, twice.new, twice.full) == (340, 20, 320)
    assert twice.run.graph is not None
    np.testing.assert_array_equal(twice.run.graph.neighbors, KnnGraph.from_unit(x, k=6).neighbors)
    saved(twice.run.hierarchy, tmp_path / "h")


def test_a_run_that_kept_no_graph_is_judged_first(run, groups):
    x = groups[0]
    bare = api.add(replace(run, graph=None, wholes=None), x[:320], x[320:]).run.hierarchy
    usual = api.add(run, x[:320], x[320:]).run.hierarchy
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(bare, name), getattr(usual, name))


def test_what_a_network_of_another_width_saw_is_not_used(run, groups):
    x = groups[0]
    other = replace(run, wholes=np.zeros((run.hierarchy.n_levels, 3), np.float32))
    found = api.add(other, x[:320], x[320:]).run
    assert found.wholes is None
    assert found.hierarchy.n == 360


@pytest.mark.parametrize("wholes", [True, False])
def test_parts_of_levels_give_valid_hierarchies_of_nearly_the_same_clusters(
    run, groups, wholes, monkeypatch, tmp_path
):
    x, labels = groups
    monkeypatch.setattr(vicinity, "MOST", 100)
    monkeypatch.setattr(vicinity, "MOST_LATER", 10)
    added = api.add(run if wholes else replace(run, wholes=None), x[:320], x[320:]).run
    peak = saved(added.hierarchy, tmp_path).peak_of("natural")
    assert (labels[peak[320:]] == labels[320:]).mean() > 0.9


@pytest.mark.parametrize("name", ["lander_gat", "lander_gcn_cluster"])
def test_the_paper_s_networks_and_their_linking_too(name, shared, tmp_path):
    checkpoint = str(shared / "golden" / f"{name}.pth")
    (dim, *_) = load_checkpoint(checkpoint).network.config.embedding_dims
    rng = np.random.default_rng(5)
    labels = np.tile(np.arange(20), 10)
    x = unit_vectors(rng.normal(size=(20, dim))[labels] + 0.3 * rng.normal(size=(200, dim)))
    old = made(x[:180], checkpoint=checkpoint, tau=0.1)
    added = api.add(old, x[:180], x[180:]).run.hierarchy
    saved(added, tmp_path)
    np.testing.assert_array_equal(added.parent[:180], old.hierarchy.parent)


def test_a_fifth_more_than_the_last_full_run_and_another_is_due(run, groups, rng):
    x = groups[0][:320]
    near = unit_vectors(x[:65] + 0.01 * rng.normal(size=(65, 24)))
    some = api.add(run, x, near[:64])
    assert not some.due
    more = api.add(some.run, np.concatenate([x, near[:64]]), near[64:])
    assert (more.due, more.full, round(more.share, 4)) == (True, 320, 0.2031)


def test_ids_are_kept_and_new_ones_follow(groups):
    x = groups[0]
    ids = np.array([f"old {i}" for i in range(320)])
    named = made(x[:320], ids)
    added = api.add(named, x[:320], x[320:322], ids=np.array(["a", "b"])).run
    assert added.id_list().tolist() == [*ids.tolist(), "a", "b"]
    with pytest.raises(InputError, match=r"got 1 that it has: old 7\."):
        api.add(named, x[:320], x[320:322], ids=np.array(["a", "old 7"]))
    with pytest.raises(InputError, match="got 2 without"):
        api.add(named, x[:320], x[320:322])


def test_row_numbers_count_on(run, groups):
    x = groups[0]
    assert api.add(run, x[:320], x[320:]).run.ids is None
    added = api.add(run, x[:320], x[320:321], ids=np.array(["a"])).run
    assert added.id_list()[[0, 319, 320]].tolist() == ["0", "319", "a"]
    with pytest.raises(InputError, match="that it has: 5"):
        api.add(run, x[:320], x[320:321], ids=np.array(["5"]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda x: (x[:300], x[320:]), "expected the embeddings of the run's 320 images; got 300"),
        (lambda x: (x[:320], x[320:, :7]), "expected new embeddings of 24 dimensions, as the run's; got 7"),
        (lambda x: (x[:320][::-1].copy(), x[320:]), "have other similarities"),
        (lambda x: (x[[0, *range(319)]], x[320:]), "319 distinct ones where the run has 320"),
        (lambda x: (x[:320], x[320:] * np.nan), "the new embeddings has 40 rows with NaN"),
        (lambda x: (x[:320], x[:0]), "the new embeddings must have at least one row"),
    ],
)
def test_what_does_not_fit_is_told(run, groups, change, told):
    with pytest.raises(InputError, match=told):
        api.add(run, *change(groups[0]))


def test_runs_that_nothing_can_join_are_told(run, groups):
    x = groups[0]
    alone = made(np.eye(4), k=2, tau=1.0)
    with pytest.raises(InputError, match="natural level is 0"):
        api.add(alone, np.eye(4), np.ones((1, 4)))
    few = made(x[[0, 0, 1, 1, 2]], k=6)
    with pytest.raises(InputError, match="6 distinct images or more, as many as k; got 3"):
        api.add(few, x[[0, 0, 1, 1, 2]], x[320:])
    with pytest.raises(InputError, match="says how it was made"):
        api.add(replace(run, meta={}), x[:320], x[320:])
    with pytest.raises(InputError, match="settings do not fit"):
        api.add(replace(run, meta={"config": {"no": 1}}), x[:320], x[320:])
    with pytest.raises(InputError, match="full_n should be from 1 to 320; got 321"):
        api.add(replace(run, meta=run.meta | {"full_n": 321}), x[:320], x[320:])
