"""Why a cluster is one, followed by hand. The forest is that of tests/ui: see its picture there.

Level 2, cluster {0 1 2 5 6}: 6 -0.95-> 5 -0.6-> 1, 0 -0.9-> 1, 2 -0.8-> 1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.decode import roots
from hilander.views.gallery import gallery_of
from hilander.views.lineage import Stay, size_of, stays
from hilander.views.subtrees import behind, least_on_the_way
from hilander.views.why import densities, links_of, way_to_peak
from tests.ui.conftest import forest

BIG = np.array([6, 1, 0, 5, 2])


def test_links_come_weakest_first_with_what_would_split_off():
    links = links_of(forest(), BIG, 1)
    assert links.child.tolist() == [5, 2, 0, 6]
    assert links.into.tolist() == [1, 1, 1, 5]
    assert links.prob.tolist() == pytest.approx([0.6, 0.8, 0.9, 0.95])
    assert links.level.tolist() == [2, 1, 1, 1]
    assert links.behind.tolist() == [2, 1, 1, 1]


def test_a_cluster_of_one_has_no_links():
    assert len(links_of(forest(), np.array([7]), 7)) == 0


def test_the_peak_of_a_finer_cluster_ends_its_links():
    links = links_of(forest(), np.array([5, 6]), 5)
    assert (links.child.tolist(), links.behind.tolist()) == ([6], [1])


@pytest.mark.parametrize(("image", "way"), [(6, [(6, 5), (5, 1)]), (0, [(0, 1)]), (1, [])])
def test_the_way_to_the_peak_is_followed_step_by_step(image, way):
    h = forest()
    found = way_to_peak(h, links_of(h, BIG, 1), image, 1)
    assert list(zip(found.child.tolist(), found.into.tolist(), strict=True)) == way


def test_densities_are_those_of_the_level_that_the_link_was_chosen_on():
    """Level 0: image i has i / 10. Level 1 holds peaks 1, 4, 5, 7 with 0.2, 0.3, 0.4, 0.5."""
    density = np.array([*(np.arange(8) / 10), 0.2, 0.3, 0.4, 0.5], np.float32)
    h = replace(forest(), density=density)
    found = densities(h, links_of(h, BIG, 1).part(0, 3))
    assert found == pytest.approx(np.array([[0.4, 0.2], [0.2, 0.1], [0.0, 0.1]]))


@pytest.mark.parametrize("cut", [Cut(1), Cut(2), Cut(2, min_link=0.65), Cut(2, changes=((1, 1),))])
def test_every_kind_of_cut_is_held_by_its_own_links(cut):
    h = forest()
    gallery = gallery_of(cut.peak_of(h))
    for place, peak in enumerate(gallery.peaks.tolist()):
        links = links_of(h, gallery.rows(place), peak)
        assert len(links) == len(gallery.rows(place)) - 1
        assert {cut.peak_of(h)[row] for row in links.into.tolist()} <= {peak}


def random_tree(n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array([0, *(int(rng.integers(0, i)) for i in range(1, n))])


@pytest.mark.parametrize(
    "up", [random_tree(200), np.maximum(np.arange(200) - 1, 0), np.arange(3), np.zeros(5, int)]
)
def test_sums_and_least_values_agree_with_following_every_image(up):
    value = np.random.default_rng(1).random(len(up)).astype(np.float32)
    reached, least = np.zeros(len(up), int), np.full(len(up), np.inf, np.float32)
    for i in range(len(up)):
        at = i
        reached[at] += 1
        while up[at] != at:
            least[i] = min(least[i], value[at])
            at = up[at]
            reached[at] += 1
    assert behind(up).tolist() == reached.tolist()
    assert least_on_the_way(up, value).tolist() == least.tolist()


def test_sizes_of_all_levels_at_once():
    h = forest()
    assert [sizes.tolist() for sizes in h.ladder.sizes] == [[1] * 8, [3, 2, 2, 1], [5, 2, 1]]
    assert [size_of(h, peak, 1) for peak in (1, 4, 5, 7)] == [3, 2, 2, 1]


def test_sizes_hold_where_links_of_one_level_make_chains():
    parent = np.array([0, 0, 1, 2, 3])
    level = np.array([3, 2, 2, 1, 1])
    h = replace(
        forest(),
        parent=parent,
        merge_level=level.astype(np.int16),
        link_prob=np.zeros(5, np.float32),
        link_sim=np.zeros(5, np.float32),
    )
    for at, sizes in enumerate(h.ladder.sizes):
        top = roots(np.where(level <= at, parent, np.arange(5)))
        assert sizes.tolist() == np.bincount(top)[np.unique(top)].tolist()


def test_levels_that_change_nothing_for_an_image_are_taken_together():
    h = forest()
    assert stays(h, 6) == [Stay(0, 0, 6, 1), Stay(1, 1, 5, 2), Stay(2, 2, 1, 5)]
    assert stays(h, 4) == [Stay(0, 0, 4, 1), Stay(1, 2, 4, 2)]
    assert stays(h, 7) == [Stay(0, 2, 7, 1)]
