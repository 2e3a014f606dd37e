"""Clusters of a cut by links without cutting. The forest is that of tests/ui: links of 0.6 0.7 0.8 0.9 0.95."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.hierarchy.cuts import Cut
from hilander.views.links import LinkCounts, link_counts
from tests.ui.conftest import forest


@pytest.mark.parametrize("min_link", [0, 0.6, 0.600001, 0.7, 0.85, 0.95, 0.951, 1])
def test_counts_are_those_of_the_cut_itself(min_link):
    hierarchy = forest()
    assert link_counts(hierarchy).clusters(min_link) == len(np.unique(hierarchy.recut_peaks(min_link)))


def test_counts_of_many_links_with_equal_probabilities():
    rng = np.random.default_rng(0)
    prob = np.sort(rng.choice(np.linspace(0, 1, 9), 50).astype(np.float32))
    counts = LinkCounts(60, prob)
    for min_link in np.linspace(0, 1, 101):
        assert counts.clusters(min_link) == 60 - int((prob >= np.float32(min_link)).sum())
    assert counts.curve(100) == [counts.clusters(step / 100) for step in range(101)]
    reachable = {counts.clusters(p) for p in np.linspace(0, 1, 1001)}
    for wanted in range(63):
        least = min(abs(wanted - it) for it in reachable)
        assert abs(wanted - counts.clusters(counts.nearest(wanted))) == least


# Three trees: 3 clusters with all links, one more for each that falls.
@pytest.mark.parametrize(("wanted", "made"), [(-5, 3), (1, 3), (3, 3), (4, 4), (6, 6), (8, 8), (300, 8)])
def test_the_cut_nearest_to_a_number_of_clusters(wanted, made):
    hierarchy = forest()
    counts = link_counts(hierarchy)
    found = counts.nearest(wanted)
    assert 0 <= found <= 1
    assert counts.clusters(found) == made
    assert len(np.unique(Cut(0, min_link=found).peak_of(hierarchy))) == made


def test_a_threshold_has_few_digits_and_survives_being_written_in_a_link():
    counts = LinkCounts(4, np.array([0.5, 0.6, 0.60000002], np.float32))
    assert counts.nearest(2) == 0.55
    close = LinkCounts(3, np.array([0.9999998, 0.9999999], np.float32))
    found = close.nearest(2)
    assert close.clusters(float(f"{found:.9g}")) == close.clusters(found) == 2


def test_links_that_are_certain_never_fall():
    certain = LinkCounts(3, np.array([0.5, 1.0], np.float32))
    assert certain.clusters(certain.nearest(3)) == 2
    assert LinkCounts(2, np.ones(1, np.float32)).nearest(2) == 0.0


def test_without_links_there_is_one_cut():
    none = LinkCounts(5, np.empty(0, np.float32))
    assert (none.clusters(0.5), none.nearest(300), none.curve(2)) == (5, 0.0, [5, 5, 5])
