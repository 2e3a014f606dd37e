"""The same graph with neighbours near each other: every node once, every list as it was, and small cases by hand."""

import numpy as np
import pytest

from hilander.graph import visits
from hilander.graph.visits import Renumbered


@pytest.mark.parametrize(("n", "m"), [(1, 0), (5, 0), (2, 1), (50, 3), (400, 9)])
def test_it_is_the_same_graph(rng, monkeypatch, n, m, cores):
    monkeypatch.setattr(visits, "ROWS", 64)
    neighbors = np.array([rng.permutation(np.delete(np.arange(n), i))[:m] for i in range(n)]).reshape(n, m)
    found = Renumbered.of(neighbors)
    assert sorted(found.order) == list(range(n))
    np.testing.assert_array_equal(found.order[found.neighbors], neighbors[found.order])


def test_groups_that_are_mixed_in_memory_stand_together(rng):
    group = np.arange(60) % 6
    neighbors = np.array(
        [rng.permutation(np.delete(np.flatnonzero(group == g), i // 6))[:4] for i, g in enumerate(group)]
    )
    in_order = group[Renumbered.of(neighbors).order]
    assert np.count_nonzero(np.diff(in_order)) < 60 / 4  # 59 as they were


def test_the_first_neighbour_comes_next():
    neighbors = np.array([[2, 1], [0, 3], [4, 0], [1, 4], [2, 3]])
    assert Renumbered.of(neighbors).order.tolist() == [0, 2, 4, 3, 1]
