"""Two cuts side by side. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.views.beside import Group, beside
from hilander.views.gallery import gallery_of
from tests.ui.conftest import forest


def levels(finer: int, coarser: int):
    return beside(gallery_of(forest().peak_of(finer)), gallery_of(forest().peak_of(coarser)))


# Level 1: peaks 1 (3 images), 4 (2), 5 (2), 7 (1). Level 2: 1 (5 images: 3 of 1 and 2 of 5), 4, 7.
def test_a_coarse_cluster_is_told_with_the_clusters_it_is_made_of():
    found = levels(1, 2)
    assert found.page(1, per_page=9, at_most=9, order="largest") == [
        Group(0, (0, 2), (3, 2), 2),
        Group(1, (1,), (2,), 1),
        Group(2, (3,), (1,), 1),
    ]
    assert found.came.tolist() == [2, 0, 0]
    assert found.n_changed == 1


def test_the_most_changed_come_first():
    small_changed = gallery_of(np.array([0, 0, 0, 0, 4, 4, 6]))
    before = gallery_of(np.array([0, 0, 0, 0, 4, 5, 6]))
    found = beside(before, small_changed)
    assert [it.place for it in found.page(1, per_page=9, at_most=9, order="changed")] == [1, 0, 2]
    assert [it.place for it in found.page(1, per_page=9, at_most=9, order="largest")] == [0, 1, 2]


def test_pages_and_pieces_are_cut_short_and_counted():
    found = levels(0, 1)
    assert found.page(1, per_page=1, at_most=2, order="largest")[0].n_pieces == 3
    assert len(found.page(1, per_page=1, at_most=2, order="largest")[0].pieces) == 2
    assert [it.place for it in found.page(2, per_page=3, at_most=2, order="largest")] == [3]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_cut_beside_itself_changes_nothing(level):
    found = levels(level, level)
    assert found.n_changed == 0
    assert found.shared.sum() == 8


def test_cuts_that_cross_share_some_of_their_images():
    found = beside(gallery_of(np.array([0, 0, 2, 2])), gallery_of(np.array([0, 1, 1, 1])))
    largest = found.page(1, per_page=1, at_most=9, order="largest")[0]
    assert (largest.shared, largest.n_pieces) == ((2, 1), 2)
    assert found.came.tolist() == [1, 0]
