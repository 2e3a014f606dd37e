"""Relations on a graph small enough to check by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hilander.graph.background import background
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.coarsen import coarsen, first_nodes
from hilander.io.vectors import unit_vectors
from hilander.model.base import Origin
from hilander.model.crossing import crossing
from hilander.model.overlap import overlap
from hilander.model.relations import EDGE_WIDTH, MOST, NODE_WIDTH, WHOLE_WIDTH, relations, resample

NEIGHBORS = torch.tensor([[1, 2], [0, 2], [3, 1], [2, 1]])


def test_overlap_and_rank_back():
    common, rank = overlap(NEIGHBORS)
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


@pytest.mark.parametrize("block", [1, 100, 10**6])
def test_overlap_against_sets(block, monkeypatch):
    monkeypatch.setattr("hilander.model.overlap.BLOCK_VALUES", block)
    neighbors = torch.stack([torch.randperm(20)[:7] for _ in range(20)])
    shares = []
    common, rank = overlap(neighbors, shares.append)
    lists = neighbors.tolist()
    for i, own in enumerate(lists):
        for place, j in enumerate(own):
            assert common[i, place] == pytest.approx(len(set(own) & set(lists[j])) / 7)
            assert rank[i, place] == (lists[j].index(i) if i in lists[j] else 7)
    assert shares[-1] == 1


def test_links_between_clusters_are_counted():
    # Images 0, 1 are cluster 0 and 2, 3 cluster 1: 0->1, 1->0, 2->3, 3->2 stay; 0->2, 1->2 lead out; 2->1, 3->1 back.
    links = crossing(NEIGHBORS, torch.tensor([0, 0, 1, 1]), torch.tensor([[1], [0]]))
    assert links.out.tolist() == [[2], [2]]
    assert links.back.tolist() == [[2], [2]]
    assert links.stay.tolist() == [2, 2]
    for sums in (links.sure_out, links.sure_back, links.sure_stay, links.sure_all, links.held):
        assert not sums.any()


def test_what_was_said_of_links_between_clusters_is_added_up():
    prob = torch.tensor([[0.5, 0.1], [0.7, 0.3], [0.9, 0.2], [0.8, 0.4]])
    links = crossing(NEIGHBORS, torch.tensor([0, 0, 1, 1]), torch.tensor([[1], [0]]), prob)
    assert links.sure_out.flatten().tolist() == pytest.approx([0.4, 0.6])
    assert links.sure_back.flatten().tolist() == pytest.approx([0.6, 0.4])
    assert links.sure_stay.tolist() == pytest.approx([1.2, 1.7])
    assert links.sure_all.tolist() == pytest.approx([1.6, 2.3])
    assert links.held.tolist() == pytest.approx([0.6, 0.85])


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
