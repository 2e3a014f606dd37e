"""What a cut joined last and what comes next. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy
from hilander.views.changes import joined_inside, joins
from tests.ui.conftest import forest


@pytest.mark.parametrize(
    ("cut", "last", "following"),
    [
        (Cut(0), [], [3, 2, 0, 6]),
        (Cut(1), [3, 2, 0, 6], [5]),
        (Cut(2), [5], []),
        (Cut(2, min_link=0.85), [0, 6], [5, 3, 2]),
        (Cut(2, min_link=0.0), [5, 3, 2, 0, 6], []),
        (Cut(2, changes=((1, 1),)), [2, 0, 6], [5]),
    ],
)
def test_links_come_least_probable_first(cut, last, following):
    h = forest()
    assert joins(h, cut, "last").child.tolist() == last
    assert joins(h, cut, "next").child.tolist() == following


def test_between_keeps_both_ends_and_pages_go_either_way():
    found = joins(forest(), Cut(1), "last")
    assert found.between(0.8, 0.9).child.tolist() == [2, 0]
    assert found.between(0.81, 0.82).child.tolist() == []
    assert found.page(0, 3, surest_first=False).tolist() == [3, 2, 0]
    assert found.page(0, 3, surest_first=True).tolist() == [6, 0, 2]


def test_every_link_is_joined_at_exactly_one_level():
    h = forest()
    seen = [child for level in range(h.n_levels + 1) for child in joins(h, Cut(level), "last").child.tolist()]
    assert sorted(seen) == np.flatnonzero(h.merge_level <= h.n_levels).tolist()


def test_what_a_cluster_was_made_of():
    h = forest()
    assert joined_inside(h, 1, 2).child.tolist() == [5]
    assert joined_inside(h, 1, 1).child.tolist() == [2, 0]
    assert joined_inside(h, 7, 2).child.tolist() == []


def test_a_run_without_levels_has_no_changes():
    alone = np.zeros(3, np.float32)
    h = Hierarchy(np.arange(3), np.ones(3, np.int16), alone, alone, alone[:0], (), 0)
    assert len(joins(h, Cut(0), "last")) == len(joins(h, Cut(0), "next")) == 0


def test_links_past_the_natural_level_count_as_any():
    h = replace(forest(), natural_level=1)
    assert joins(h, Cut(1), "next").child.tolist() == [5]
