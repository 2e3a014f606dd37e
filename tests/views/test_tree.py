"""The hierarchy as a tree, against following links one by one. The small forest: see its picture in tests/ui."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.hierarchy.branch import Branch, branch_of, branch_text
from hilander.views.tree import tree_of
from tests.hierarchy.test_forest import forests
from tests.ui.conftest import forest


def test_clusters_are_runs_of_images_with_the_largest_parts_first():
    tree = tree_of(forest())
    assert tree.order.tolist() == [1, 0, 2, 5, 6, 4, 3, 7]
    assert [nodes.start.tolist() for nodes in tree.levels[1:]] == [[0, 3, 5, 7, 8], [0, 5, 7, 8]]
    assert [nodes.peak.tolist() for nodes in tree.levels[1:]] == [[1, 5, 4, 7], [1, 4, 7]]
    assert [nodes.size.tolist() for nodes in tree.levels[1:]] == [[3, 2, 2, 1], [5, 2, 1]]


def test_what_is_known_of_a_branch():
    one, two = tree_of(forest(), np.array([0, 0, 1, -1, -1, 1, 1, 1])).levels[1:]
    assert (one.formed.tolist(), two.formed.tolist()) == ([1, 1, 1, 0], [2, 1, 0])
    assert (one.lasts.tolist(), two.lasts.tolist()) == ([1, 1, 2, 2], [2, 2, 2])
    np.testing.assert_allclose(one.weakest, [0.8, 0.95, 0.7, np.nan], rtol=1e-6)
    np.testing.assert_allclose(two.weakest, [0.6, 0.7, np.nan], rtol=1e-6)
    np.testing.assert_allclose(one.purity, [2 / 3, 1, np.nan, 1], rtol=1e-6)
    np.testing.assert_allclose(two.purity, [3 / 5, np.nan, 1], rtol=1e-6)


def test_a_branch_goes_by_its_own_peak_and_the_level_that_formed_it():
    tree = tree_of(forest())
    assert tree.named(Branch(3, 2)) == (4, 1)
    assert tree.named(Branch(6, 2)) == (1, 2)
    assert tree.named(Branch(7, 2)) == (7, 0)
    assert tree.ancestors(Branch(6, 0)) == [(6, 0), (5, 1), (1, 2)]
    assert tree.rows(Branch(6, 1)).tolist() == [5, 6]
    assert tree.rows(None).tolist() == tree.order.tolist()


@pytest.mark.parametrize("branch", [(8, 0), (-1, 0), (0, 3)])
def test_branches_that_are_not_there(branch):
    with pytest.raises(InputError, match=r"images go from 0 to 7, levels from 0 to 2. Choose one"):
        tree_of(forest()).named(Branch(*branch))


@pytest.mark.parametrize("text", ["", "17", "17.", ".3", "17.3.1", "-1.3", "1e3.2", "<b>.1", "1.٣", "9" * 30])
def test_links_that_name_no_branch(text):
    with pytest.raises(InputError, match=r"a branch looks like 17.3"):
        branch_of(text)


def test_a_branch_in_a_link_and_back():
    assert branch_of(branch_text(Branch(17, 3))) == (17, 3)


def labels_of(hierarchy, seed):
    return np.random.default_rng(seed).integers(-1, 3, hierarchy.n)


@given(forests(), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_every_branch_against_its_images(hierarchy, seed):
    codes = labels_of(hierarchy, seed)
    tree = tree_of(hierarchy, codes)
    assert sorted(tree.order.tolist()) == list(range(hierarchy.n))
    for level, nodes in enumerate(tree.levels):
        assert sorted(nodes.peak.tolist()) == hierarchy.peaks_at(level).tolist()
        for at, peak in enumerate(nodes.peak.tolist()):
            rows = tree.order[nodes.start[at] : nodes.start[at + 1]]
            assert sorted(rows.tolist()) == hierarchy.members(peak, level).tolist()
            assert tree.bounds(Branch(int(rows[-1]), level)) == tuple(nodes.start[at : at + 2].tolist())
            inside = rows[rows != peak]
            weakest = hierarchy.link_prob[inside].min() if len(inside) else np.nan
            np.testing.assert_equal(nodes.weakest[at], np.float32(weakest))
            formed = hierarchy.merge_level[inside].max() if len(inside) else 0
            assert nodes.formed[at] == formed
            same = [
                top
                for top in range(level, hierarchy.n_levels + 1)
                if len(hierarchy.members(peak, top)) == len(rows)
            ]
            assert nodes.lasts[at] == same[-1]
            known = codes[rows][codes[rows] >= 0]
            purity = np.bincount(known).max() / len(known) if len(known) else np.nan
            np.testing.assert_allclose(nodes.purity[at], purity, rtol=1e-6)


def test_without_labels_nothing_is_pure():
    assert all(np.isnan(nodes.purity).all() for nodes in tree_of(forest()).levels)
    assert all(np.isnan(nodes.purity).all() for nodes in tree_of(forest(), np.full(8, -1)).levels)
