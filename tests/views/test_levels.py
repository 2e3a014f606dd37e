"""The table of levels. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.views.levels import level_table, size_histogram
from tests.ui.conftest import forest


def test_weakest_and_median_link_are_those_made_at_the_level():
    rows = level_table(forest())
    assert [row.weakest_link for row in rows] == [None, pytest.approx(0.7), pytest.approx(0.6)]
    # Level 1 makes links of 0.7, 0.8, 0.9 and 0.95.
    assert [row.median_link for row in rows] == [None, pytest.approx(0.85), pytest.approx(0.6)]


def test_clusters_by_size_are_binned_by_powers_of_two():
    rows = level_table(forest())
    assert [row.by_size for row in rows] == [(8,), (1, 3), (1, 1, 1)]
    assert [row.images_by_size for row in rows] == [(8,), (1, 7), (1, 2, 5)]


def test_bin_edges():
    size = np.array([1, 2, 3, 4, 7, 8, 2**20 - 1, 2**20])
    by_size, images = size_histogram(size)
    assert len(by_size) == 21
    assert by_size[:4] == (1, 2, 2, 1)
    assert by_size[-2:] == (1, 1)
    assert sum(images) == size.sum()


def test_the_listing_of_the_command_line_keeps_its_columns():
    assert list(level_table(forest())[0].to_dict()) == [
        *("level", "natural", "clusters", "singletons", "largest", "median_size", "new_links", "weakest_link")
    ]
