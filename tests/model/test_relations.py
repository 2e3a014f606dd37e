"""Relations on a graph small enough to check by hand."""

import pytest
import torch

from hilander.model.relations import EDGE_WIDTH, NODE_WIDTH, overlap, relations, resample

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
    got = relations(NEIGHBORS[:, :m], similarity, torch.ones(4), torch.ones(4))
    assert got.node.shape == (4, NODE_WIDTH)
    assert got.edge.shape == (4, m, EDGE_WIDTH)
    assert torch.isfinite(got.node).all()
    assert torch.isfinite(got.edge).all()


@pytest.mark.parametrize("block", [1, 100, 10**6])
def test_overlap_against_sets(block, monkeypatch):
    monkeypatch.setattr("hilander.model.relations.BLOCK_VALUES", block)
    neighbors = torch.stack([torch.randperm(20)[:7] for _ in range(20)])
    shares = []
    common, rank = overlap(neighbors, shares.append)
    lists = neighbors.tolist()
    for i, own in enumerate(lists):
        for place, j in enumerate(own):
            assert common[i, place] == pytest.approx(len(set(own) & set(lists[j])) / 7)
            assert rank[i, place] == (lists[j].index(i) if i in lists[j] else 7)
    assert shares[-1] == 1
