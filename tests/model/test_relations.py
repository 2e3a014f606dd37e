"""Relations on a graph small enough to check by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hilander.graph.background import background
from hilander.graph.knn import KnnGraph
from hilander.graph.threads import BLOCK_VALUES
from hilander.hierarchy.coarsen import coarsen, first_nodes
from hilander.io.vectors import unit_vectors
from hilander.model.base import Origin
from hilander.model.crossing import ImageLinks
from hilander.model.overlap import overlap
from hilander.model.relations import EDGE_WIDTH, NODE_WIDTH, describe, relations, resample
from hilander.model.seen import look_at_nodes
from hilander.model.whole import MOST, WHOLE_WIDTH

NEIGHBORS = torch.tensor([[1, 2], [0, 2], [3, 1], [2, 1]])
OUT, STAY = (torch.tensor([0, 1]), torch.tensor([1, 0])), (torch.tensor([0, 1]), torch.tensor([0, 1]))


def test_overlap_and_rank_back():
    common, rank = overlap(NEIGHBORS.int(), slice(0, 4))
    # N(0) = {1,2}: with N(1) = {0,2} it shares 2; with N(2) = {3,1} it shares 1. 0 stands first in N(1), not in N(2).
    assert common[0].tolist() == [0.5, 0.5]
    assert rank[0].tolist() == [0, 2]
    # N(3) = {2,1} with N(2) = {3,1} shares 1; 3 stands first there.
    assert common[3, 0] == 0.5
    assert rank[3, 0] == 0


def test_resampling_is_linear():
    values = torch.tensor([[0.0, 1.0, 2.0]])
    assert resample(values, 5)[0].tolist() == pytest.approx([0, 0.5, 1, 1.5, 2])
    assert resample(torch.tensor([[7.0]]), 3)[0].tolist() == [7, 7, 7]


@pytest.mark.parametrize("m", [1, 2])
def test_everything_is_finite_whatever_the_number_of_neighbours(m):
    similarity = torch.tensor([[0.9, 0.1], [0.9, -0.2], [0.9, 0.5], [0.9, 0.5]])[:, :m]
    got = relations(NEIGHBORS[:, :m], similarity, first_nodes(np.eye(4, 3, dtype=np.float32) + 0.1))
    assert got.whole.shape == (WHOLE_WIDTH,)
    assert torch.isfinite(got.whole).all()
    assert got.node.shape == (4, NODE_WIDTH)
    assert got.edge.shape == (4, m, EDGE_WIDTH)
    assert torch.isfinite(got.node).all()
    assert torch.isfinite(got.edge).all()


def test_the_first_level_is_seen_as_one_of_clusters_of_one_image(rng):
    """Its links are told without being counted: as if they had been, while none was judged."""
    x = unit_vectors(rng.normal(size=(60, 5)))
    graph, nodes = KnnGraph.from_unit(x, k=6), first_nodes(x)
    neighbors, similarity = torch.from_numpy(graph.neighbors), torch.from_numpy(graph.similarity)
    counted = ImageLinks.of(neighbors).between(torch.arange(60), 60)
    one, other = (
        describe(look_at_nodes(neighbors, similarity, nodes, links), 60) for links in (None, counted)
    )
    torch.testing.assert_close(one.edge, other.edge, atol=1e-6, rtol=0)
    torch.testing.assert_close(one.node, other.node, atol=1e-6, rtol=0)


@pytest.mark.parametrize("rows", [slice(0, 20), slice(3, 4), slice(15, 20)])
def test_overlap_against_sets(rows):
    neighbors = torch.stack([torch.randperm(20)[:7] for _ in range(20)])
    common, rank = overlap(neighbors.int(), rows)
    lists = neighbors.tolist()
    for at, i in enumerate(range(20)[rows]):
        for place, j in enumerate(lists[i]):
            assert common[at, place] == pytest.approx(len(set(lists[i]) & set(lists[j])) / 7)
            assert rank[at, place] == (lists[j].index(i) if i in lists[j] else 7)


@pytest.mark.parametrize("dim", [8, 128])  # torch multiplies short and long vectors in different ways
@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_and_threads_change_nothing(threads, dim, monkeypatch, rng):
    """To the bit: the shipped checkpoint was trained on these values."""
    x = unit_vectors(rng.normal(size=(300, dim)))
    first = KnnGraph.from_unit(x, k=6)
    arguments = torch.from_numpy(first.neighbors), torch.from_numpy(first.similarity), first_nodes(x)
    whole, shares, before = relations(*arguments), [], torch.get_num_threads()
    monkeypatch.setitem(BLOCK_VALUES, "cpu", 5_000)
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            parts = relations(*arguments, shares.append)
    finally:
        torch.set_num_threads(before)
    for name in ("node", "edge", "whole"):
        assert torch.equal(getattr(whole, name), getattr(parts, name))
    assert shares == sorted(shares)
    assert len(shares) > 5
    assert shares[-1] == 1


def test_links_between_clusters_are_counted():
    # Images 0, 1 are cluster 0 and 2, 3 cluster 1: 0->1, 1->0, 2->3, 3->2 stay; 0->2, 1->2 lead out; 2->1, 3->1 back.
    found = ImageLinks.of(NEIGHBORS).between(torch.tensor([0, 0, 1, 1]), 2)
    (out, sure_out), (stay, _) = found.links(*OUT), found.links(*STAY)
    assert out.tolist() == [2, 2]
    assert stay.tolist() == [2, 2]
    assert found.degree.tolist() == [4, 4]
    assert not sure_out.any()
    assert not found.every.any()


def test_what_was_said_of_links_between_clusters_is_added_up():
    prob = torch.tensor([[0.5, 0.1], [0.7, 0.3], [0.9, 0.2], [0.8, 0.4]])
    found = ImageLinks.of(NEIGHBORS, prob).between(torch.tensor([0, 0, 1, 1]), 2)
    assert found.links(*OUT)[1].tolist() == pytest.approx([0.4, 0.6])
    assert found.links(*STAY)[1].tolist() == pytest.approx([1.2, 1.7])
    assert found.every.tolist() == pytest.approx([1.6, 2.3])


def test_links_counted_for_clusters_are_counted_again_for_clusters_of_these(rng):
    """Levels after levels, against counting the images' links anew."""
    n, m = 200, 5
    neighbors = torch.from_numpy(rng.integers(0, n, (n, m)))
    prob = torch.from_numpy(rng.random((n, m), np.float32))
    anew, cluster = ImageLinks.of(neighbors, prob), torch.arange(n)
    links = anew
    for size in (60, 20, 3):
        cluster = torch.from_numpy(rng.integers(0, size, int(cluster.max()) + 1))[cluster]
        found, wanted = links.between(cluster, size), anew.between(cluster, size)
        of, to = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
        for got, right in zip(found.links(of, to), wanted.links(of, to), strict=True):
            assert torch.allclose(got, right)
        assert torch.equal(found.degree, wanted.degree)
        assert torch.allclose(found.every, wanted.every)
        links = found.merged
        assert len(links.here) <= size**2


def relations_of_merged_pairs(x: np.ndarray, prob: float | None = None):
    """Of the second level: pairs of rows that follow each other are clusters."""
    graph = KnnGraph.from_unit(x, k=4)
    judged = None if prob is None else np.full(graph.neighbors.shape, prob, np.float32)
    nodes = replace(first_nodes(x), origin=Origin(graph, background(x), judged))
    above = coarsen(nodes, np.arange(len(x)) // 2 * 2)
    upper = KnnGraph.from_unit(above.unit_mean(), k=4)
    return relations(torch.from_numpy(upper.neighbors), torch.from_numpy(upper.similarity), above)


def test_an_upper_level_looks_the_same_in_a_turned_and_padded_space(rng):
    x = unit_vectors(rng.normal(size=(40, 6)))
    turned = np.pad(x @ np.linalg.qr(rng.normal(size=(6, 6)))[0].astype(np.float32), ((0, 0), (0, 10)))
    plain, other = relations_of_merged_pairs(x), relations_of_merged_pairs(unit_vectors(turned))
    for name in ("node", "edge", "whole"):
        assert torch.allclose(getattr(plain, name), getattr(other, name), atol=1e-4)


def test_what_is_seen_of_two_merged_pairs():
    # Four unit vectors in a plane; the pairs (0, 1) and (2, 3) are clusters.
    angle = np.array([0.0, 0.2, 1.0, 1.4])
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    got = relations_of_merged_pairs(x)
    between = np.mean([np.cos(b - a) for a in angle[:2] for b in angle[2:]])
    assert got.edge[0, 0, 5] == pytest.approx(between, abs=1e-5)  # mean cosine of an image here and one there
    assert got.edge[0, 0, 6] == pytest.approx(np.cos(angle[2] - angle[0]), abs=1e-5)  # of the peaks, 0 and 2
    assert got.edge[0, 0, 14] == pytest.approx(between - np.cos(0.2), abs=1e-5)  # against the pair's own
    assert got.node[0, 2 * 6 + 8] == pytest.approx(np.cos(0.2), abs=1e-5)


def test_what_the_first_level_said_of_links_is_seen_at_the_next(rng):
    x = unit_vectors(rng.normal(size=(40, 6)))
    unsaid, said = relations_of_merged_pairs(x), relations_of_merged_pairs(x, 0.7)
    assert not unsaid.edge[:, :, -7:].any()
    assert torch.equal(unsaid.edge[:, :, :-7], said.edge[:, :, :-7])
    between = said.edge[:, :, -7]
    assert between[between > 0].tolist() == pytest.approx([0.7] * int((between > 0).sum()))
    assert ((said.node[:, -2] == 0) | torch.isclose(said.node[:, -2], torch.tensor(0.7))).all()


def test_the_background_is_that_of_all_pairs(rng):
    x = unit_vectors(rng.normal(size=(50, 5)) + 0.5)
    cosines = x @ x.T
    got = background(x)
    assert got.mean == pytest.approx(cosines.mean(), abs=1e-5)
    assert got.spread == pytest.approx(cosines.std(), abs=1e-5)


def test_the_number_of_nodes_says_no_more_beyond_that_of_the_largest_training_set():
    def whole(n):
        ring = (torch.arange(n)[:, None] + torch.tensor([1, 2])) % n
        x = torch.ones(n, 1).numpy()
        return relations(ring, torch.ones(n, 2), first_nodes(x)).whole

    most = whole(MOST)
    assert whole(MOST // 2)[0] < most[0]
    for n in (MOST + 1, 3 * MOST):
        assert whole(n)[0] == most[0]
        assert whole(n)[8] == most[8]
