"""Orders of a cluster's images, and the clusters beside it. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.hierarchy.cuts import Cut
from hilander.views import members as members_module
from hilander.views.gallery import gallery_of
from hilander.views.members import members_of
from hilander.views.nearest import nearest_clusters
from tests.ui.conftest import forest

DEGREES = np.radians([10, 0, 20, 90, 80, 40, 30, 180])  # of each image's unit vector
X = np.stack([np.cos(DEGREES), np.sin(DEGREES)], axis=1).astype(np.float32)
BIG = np.array([1, 0, 2, 5, 6])


def test_from_the_peak_outwards():
    found = members_of(forest(), X, BIG, 1, "near")
    assert found.rows.tolist() == [1, 0, 2, 6, 5]
    assert found.cosine.tolist() == pytest.approx(np.cos(np.radians([0, 10, 20, 30, 40])).tolist())


def test_most_doubtful_first_means_the_weakest_link_on_the_way():
    found = members_of(forest(), X, BIG, 1, "doubt")
    assert found.rows.tolist() == [5, 6, 2, 0, 1]
    assert found.weakest.tolist() == pytest.approx([0.6, 0.6, 0.8, 0.9, np.inf])
    assert found.own.tolist() == pytest.approx([0.6, 0.95, 0.8, 0.9, np.inf])


def test_a_cluster_of_one():
    for order in ("near", "doubt"):
        assert members_of(forest(), X, np.array([7]), 7, order).rows.tolist() == [7]


def test_embeddings_are_read_block_by_block(monkeypatch):
    whole = members_of(forest(), X, BIG, 1, "near")
    monkeypatch.setattr(members_module, "BLOCK", 2)
    assert members_of(forest(), X, BIG, 1, "near").cosine.tolist() == whole.cosine.tolist()


def test_the_nearest_clusters_come_most_alike_first_with_the_level_that_joins_them():
    """Level 1: {0 1 2} around 10 degrees, {5 6} at 35, {3 4} at 85, {7} at 180."""
    found = nearest_clusters(forest(), X, gallery_of(forest().peak_of(1)), 1, 3)
    assert [(it.peak, it.size, it.joined) for it in found] == [(5, 2, 2), (4, 2, None), (7, 1, None)]
    assert [it.means for it in found] == pytest.approx(np.cos(np.radians([25, 75, 170])).tolist(), abs=1e-6)
    assert [it.peaks for it in found] == pytest.approx(np.cos(np.radians([40, 80, 180])).tolist(), abs=1e-6)


def test_only_so_many_are_given_and_none_of_an_only_cluster():
    assert len(nearest_clusters(forest(), X, gallery_of(forest().peak_of(0)), 3, 2)) == 2
    assert nearest_clusters(forest(), X, gallery_of(np.zeros(8, np.int64)), 0, 3) == []


def test_clusters_of_a_cut_by_links_are_compared_too():
    cut = gallery_of(Cut(2, min_link=0.85).peak_of(forest()))
    assert [it.peak for it in nearest_clusters(forest(), X, cut, 1, 2)] == [2, 5]


def test_an_embedding_of_length_nought_is_no_failure():
    x = X.copy()
    x[7] = 0
    found = nearest_clusters(forest(), x, gallery_of(forest().peak_of(1)), 7, 3)
    assert [it.means for it in found] == [0, 0, 0]
