"""What is drawn of a tree adds up, is legible, and is what the hierarchy says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilander.hierarchy.branch import Branch
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.views import tree_rows
from hilander.views.tree import Tree, tree_of
from hilander.views.tree_rows import (
    BEFORE_FIRST,
    BRANCH,
    LEAST,
    MORE,
    MOST_REST,
    WIDE,
    Drawn,
    draw,
    parts_of,
    row_levels,
    shares,
)
from tests.hierarchy.test_forest import forests
from tests.ui.conftest import forest

MOST_BOXES = 1 + 8 * round(1 / LEAST)


def flat(n: int, levels: int = 1) -> Hierarchy:
    """`n` images that all join the last at level 1; further levels join nothing."""
    parent, merge = np.full(n, n - 1), np.ones(n, np.int16)
    merge[-1] = levels + 1
    stats = (LevelStats(n, 0, n - 1), *[LevelStats(1, 0, 0)] * (levels - 1))
    zeros = np.zeros(n, np.float32)
    return Hierarchy(parent, merge, zeros, zeros, np.zeros(n + levels - 1, np.float32), stats, 1)


def grown(n: int, factor: float, seed: int = 0) -> Hierarchy:
    """A forest as large ones are: every level joins a share of the clusters to others, at random."""
    rng = np.random.default_rng(seed)
    parent, merge = np.arange(n), np.zeros(n, np.int16)
    nodes, stats = np.arange(n), []
    while len(nodes) > 1:
        joins = rng.random(len(nodes)) > factor
        joins[-1] = False
        into = nodes[~joins]
        chosen = into[rng.integers(0, len(into), joins.sum())]
        parent[nodes[joins]], merge[nodes[joins]] = chosen, len(stats) + 1
        stats.append(LevelStats(len(nodes), 0, int(joins.sum())))
        nodes = into
    merge[nodes] = len(stats) + 1
    density = np.zeros(sum(it.nodes for it in stats), np.float32)
    link = rng.random(n).astype(np.float32)
    return Hierarchy(parent, merge, link, link, density, tuple(stats), 2)


def boxes(drawn: Drawn) -> list[tuple[int, ...]]:
    return list(
        zip(drawn.peak.tolist(), drawn.size.tolist(), drawn.top.tolist(), drawn.bottom.tolist(), strict=True)
    )


def test_the_small_forest_as_a_whole():
    tree = tree_of(forest())
    assert row_levels(tree, None, 1) == (2, 1, 0)
    drawn = draw(tree, None, (2, 1))
    assert boxes(drawn) == [
        *[(-1, 8, 0, 0), (1, 5, 1, 1), (4, 2, 1, 2), (7, 1, 1, 2)],  # 3 and 4 are joined at level 1 already
        *[(1, 3, 2, 2), (5, 2, 2, 2)],
    ]
    assert drawn.parent.tolist() == [-1, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(drawn.right - drawn.left, drawn.size / 8)
    assert drawn.are_cut(1).tolist() == [False, False, True, True, True, True]
    assert drawn.are_cut(2).tolist() == [False, True, True, True, False, False]


def test_clusters_of_a_mixed_cut_are_told_by_their_own_level():
    drawn = draw(tree_of(forest()), None, (2, 1, 0))
    level = np.array([2, 2, 2, 0, 0, 2, 2, 2], np.int16)  # 3 and 4 each by itself
    assert drawn.peak[drawn.are_cut(level)].tolist() == [1, 7, 4, 3]


def test_a_branch_is_drawn_with_what_it_is_made_of():
    tree = tree_of(forest())
    assert row_levels(tree, Branch(1, 2), 2) == (1, 0)
    assert boxes(draw(tree, Branch(1, 2), (1,))) == [(1, 5, 0, 0), (1, 3, 1, 1), (5, 2, 1, 1)]
    assert row_levels(tree, Branch(7, 2), 0) == ()
    assert boxes(draw(tree, Branch(7, 2), ())) == [(7, 1, 0, 0)]


def test_levels_that_join_nothing_take_no_row():
    tree = tree_of(flat(5, levels=4))
    assert row_levels(tree, None, 2) == (0,)
    drawn = draw(tree, None, (0,))
    assert (int(drawn.formed[0]), int(drawn.lasts[0])) == (1, 4)


def test_of_many_levels_rows_are_chosen_so_that_clusters_grow_by_factors():
    tree = tree_of(grown(20_000, 0.7))
    levels = row_levels(tree, None, 3)
    assert len(levels) <= tree_rows.ROWS + 1
    assert levels[-1] == 3
    counts = [1, *(len(tree.levels[level]) for level in levels)]
    growth = np.array(counts[1:]) / counts[:-1]
    assert growth.max() < 3 * growth.min()


def test_as_many_parts_are_shown_as_are_legible():
    np.testing.assert_allclose(shares(np.array([6, 3, 1]), 1.0), [0.6, 0.3, 0.1])
    many = shares(np.ones(10_000, int), 1.0)
    assert len(many) == int((1 - MOST_REST) / LEAST)
    assert many.sum() == pytest.approx(1 - MOST_REST)
    assert len(shares(np.array([3, 3]), 1.5 * LEAST)) == 0


def test_of_mostly_small_parts_a_few_are_shown_wide():
    assert len(shares(np.ones(10_000, int), 1.0, WIDE)) == int((1 - MOST_REST) / WIDE)
    assert len(shares(np.ones(100, int), 1.0, WIDE)) == 100
    assert (
        len(shares(np.repeat([20, 1], [40, 200]), 1.0, WIDE)) == 40
    )  # a fifth is in the small ones: to scale


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=300),
    st.floats(LEAST, 1),
    st.sampled_from([LEAST, WIDE]),
)
@settings(deadline=None)
def test_shown_parts_are_legible_in_proportion_and_leave_the_rest_room(sizes, width, wide):
    size = np.sort(sizes)[::-1]
    found = shares(size, width, wide)
    assert (found >= LEAST * (1 - 1e-9)).all()
    np.testing.assert_allclose(found * size[0], found[:1].sum() * size[: len(found)])
    rest = width - found.sum()
    if len(found) == len(size):
        assert rest == pytest.approx(0)
    elif len(found):
        assert LEAST * (1 - 1e-9) <= rest <= max(LEAST, MOST_REST * width) + 1e-9


def test_the_rest_of_many_parts_is_one_box_and_can_be_paged_through():
    tree = tree_of(flat(1000))
    drawn = draw(tree, None, (0,))
    shown = int((drawn.kind == BRANCH).sum()) - 1
    assert shown == int((1 - MOST_REST) / WIDE)
    assert [(int(it), int(n)) for it, n in zip(drawn.kind, drawn.count, strict=True)][-1] == (
        MORE,
        1000 - shown,
    )
    paged = draw(tree, None, (0,), first=shown)
    assert (paged.kind[1], paged.count[1], paged.size[1]) == (BEFORE_FIRST, shown, shown)
    next_ones = tree.levels[0].peak[parts_of(tree, None, 0)[shown : shown + 2]]
    assert paged.peak[2:4].tolist() == next_ones.tolist()
    last = draw(tree, None, (0,), first=998)
    assert last.kind.tolist() == [BRANCH, BEFORE_FIRST, BRANCH, BRANCH]
    assert draw(tree, None, (0,), first=5000).count.tolist() == [1, 999, 1]


def adds_up(tree: Tree, drawn: Drawn) -> None:
    assert len(drawn) <= MOST_BOXES
    for number in range(len(drawn)):
        below = np.flatnonzero(drawn.parent == number)
        if not len(below):
            continue
        assert (below > number).all()
        assert drawn.size[below].sum() == drawn.size[number]
        assert drawn.count[below].sum() == drawn.parts[number]
        assert (drawn.top[below] == drawn.bottom[number] + 1).all()
        np.testing.assert_allclose(drawn.left[below[0]], drawn.left[number], atol=1e-9)
        np.testing.assert_allclose(drawn.right[below[-1]], drawn.right[number], atol=1e-9)
        np.testing.assert_allclose(drawn.right[below[:-1]], drawn.left[below[1:]], atol=1e-9)
    assert (drawn.bottom >= drawn.top).all()
    assert (drawn.right - drawn.left >= LEAST * (1 - 1e-6)).all()


@given(forests(), st.data())
@settings(max_examples=80, deadline=None)
def test_drawn_trees_add_up_and_are_right(hierarchy, data):
    tree = tree_of(hierarchy)
    image = data.draw(st.integers(0, hierarchy.n - 1))
    branch = data.draw(st.sampled_from([None, Branch(image, data.draw(st.integers(0, hierarchy.n_levels)))]))
    levels = row_levels(tree, branch, data.draw(st.integers(0, hierarchy.n_levels)))
    drawn = draw(tree, branch, levels, first=data.draw(st.integers(0, 30)))
    adds_up(tree, drawn)
    inside = set(tree.rows(branch).tolist())
    assert drawn.size[0] == len(inside)
    for box in np.flatnonzero((drawn.kind == BRANCH) & (drawn.peak >= 0)):
        for level in (int(drawn.formed[box]), int(drawn.lasts[box])):
            members = hierarchy.members(int(drawn.peak[box]), level)
            assert len(members) == drawn.size[box]
            assert set(members.tolist()) <= inside


@pytest.mark.parametrize("factor", [0.02, 0.3, 0.7])
def test_large_trees_stay_legible(factor):
    tree = tree_of(grown(30_000, factor))
    for floor in (0, 1, tree.last // 2, tree.last):
        adds_up(tree, draw(tree, None, row_levels(tree, None, floor)))
