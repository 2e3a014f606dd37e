"""What a change would do is what it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy
from hilander.views.cut import cut_words, short_words
from hilander.views.gallery import gallery_of
from hilander.views.moves import Move, Moves, moves_of, parts_of
from tests.hierarchy.forests import forests
from tests.ui.conftest import forest


def branch(h: Hierarchy, cut: Cut, image: int) -> tuple[Moves, int]:
    """Of the image's cluster, and its peak."""
    done = cut.applied(h)
    peak = int(done.peak[image])
    return moves_of(h, gallery_of(done.peak), peak, int(done.at[peak]), cut.level), peak


def test_the_large_branch_of_the_small_forest():
    assert branch(forest(), Cut(2), 1)[0] == Moves(2, 2, Move(1, 2, 0, 5), None, None)
    assert branch(forest(), Cut(1), 5)[0] == Moves(1, 1, Move(0, 2, 0, 2), Move(2, 1, 1, 5), None)


def test_levels_at_which_nothing_changes_are_passed_over():
    # {3 4} is the same at levels 1 and 2, {7} is alone at all of them.
    assert branch(forest(), Cut(2), 4)[0] == Moves(2, 2, Move(0, 2, 0, 2), None, None)
    assert branch(forest(), Cut(0), 7)[0] == Moves(0, 0, None, None, None)
    assert branch(forest(), Cut(0), 0)[0].higher == Move(1, 1, 2, 3)


def test_the_way_back():
    deeper = Cut(2).changed(1, 1)
    assert branch(forest(), deeper, 5)[0] == Moves(1, 2, Move(0, 2, 0, 2), Move(2, 1, 1, 5), Move(2, 1, 1, 5))
    higher = Cut(1).changed(1, 2)
    assert branch(forest(), higher, 5)[0] == Moves(2, 1, Move(1, 2, 0, 5), None, Move(1, 2, 0, 5))


def test_parts_come_largest_first():
    gallery = gallery_of(Cut(2).changed(1, 1).peak_of(forest()))
    places = parts_of(gallery, np.array([0, 1, 2, 5, 6]))
    assert [int(gallery.peaks[place]) for place in places] == [1, 5]


NUMBERS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=4)


@given(h=forests(), numbers=NUMBERS, base=st.integers(0, 4), image=st.integers(0, 99))
def test_every_move_does_what_it_promises_and_always_something(h, numbers, base, image):
    levels = h.n_levels + 1
    cut = Cut(base % levels, changes=tuple((i % h.n, level % levels) for i, level in numbers))
    found, peak = branch(h, cut, image % h.n)
    before = cut.peak_of(h)
    for move in (found.deeper, found.higher, found.back):
        if move is None:
            continue
        after = cut.changed(peak, move.level).peak_of(h)
        rows = np.flatnonzero(before == peak) if move.splits else np.flatnonzero(after == after[peak])
        assert len(rows) == move.images
        assert len(np.unique(after[rows])) == move.clusters
        assert len(np.unique(before[rows])) == move.others + 1
        assert move is found.back or (before != after).any()
    if found.deeper is None:
        assert np.count_nonzero(before == peak) == 1
    if found.higher is None:
        assert h.members(peak, "last").tolist() == np.flatnonzero(before == peak).tolist()


@pytest.mark.parametrize(
    ("cut", "clusters", "branches", "words"),
    [
        (Cut(3), 1, 0, "Level 3: 1 cluster"),
        (Cut(3, changes=((0, 1),)), 1214, 1, "Level 3 with 1 branch cut otherwise: 1,214 clusters"),
        (Cut(3, changes=((0, 1),)), 2, 2, "Level 3 with 2 branches cut otherwise: 2 clusters"),
        (Cut(3, min_link=0.8), 2, 0, "Links of at least 0.8: 2 clusters"),
    ],
)
def test_a_cut_in_words(cut, clusters, branches, words):
    assert cut_words(cut, clusters, branches) == words
    assert words.startswith(short_words(cut, branches))
