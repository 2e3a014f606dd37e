"""Links out of predictions, on graphs that can be checked by hand."""

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.hierarchy.coarsen import coarsen, first_nodes
from hilander.hierarchy.decode import parents_from_links, roots

# Pairs {0,1} and {2,3}; 1 and 2 are the dense ends, joined by a weak link.
NEIGHBORS = np.array([[1, 2], [0, 2], [3, 1], [2, 1]])
LINK_PROB = np.array([[0.9, 0.2], [0.9, 0.4], [0.9, 0.4], [0.9, 0.2]])
DENSITY = np.array([0.1, 0.5, 0.6, 0.2], np.float32)


@pytest.mark.parametrize(("tau", "parent"), [(0.5, [1, 1, 2, 2]), (0.3, [1, 2, 2, 2]), (1.0, [0, 1, 2, 3])])
def test_lower_tau_joins_the_two_pairs(tau, parent):
    assert parents_from_links(NEIGHBORS, LINK_PROB, DENSITY, tau=tau).tolist() == parent


def test_equal_densities_still_merge_and_make_no_cycle():
    parent = parents_from_links(NEIGHBORS, LINK_PROB, np.zeros(4, np.float32), tau=0.5)
    assert parent.tolist() == [0, 0, 2, 2]


def test_links_surer_than_float32_can_tell_keep_their_order():
    neighbors = np.array([[1, 2], [0, 2], [0, 1]])
    link_prob = np.full((3, 2), 1 - 1e-9)
    link_prob[0] = [1 - 1e-9, 1 - 1e-10]
    assert parents_from_links(neighbors, link_prob, np.array([0, 1, 1], np.float32), tau=0.5)[0] == 2


def test_a_node_without_neighbours_is_a_peak():
    none = np.empty((1, 0))
    assert parents_from_links(none.astype(int), none, np.zeros(1, np.float32), tau=0).tolist() == [0]


def test_arrays_of_another_level_are_refused():
    with pytest.raises(ValueError, match="Do they come from another level"):
        parents_from_links(NEIGHBORS, LINK_PROB[:3], DENSITY, tau=0.5)
    with pytest.raises(InputError, match="tau must be a number from 0 to 1; got 2"):
        parents_from_links(NEIGHBORS, LINK_PROB, DENSITY, tau=2)


def test_roots_of_a_long_chain():
    n = 100_000
    assert (roots(np.minimum(np.arange(n) + 1, n - 1)) == n - 1).all()


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        roots(np.array([1, 2, 0]))


def test_coarse_nodes_average_all_their_images():
    x = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 1]], np.float32)
    once = coarsen(first_nodes(x), np.array([1, 1, 1, 4, 4]))
    assert once.image.tolist() == [1, 4]
    assert once.size.tolist() == [3, 2]
    assert once.x.tolist() == [[0, 1], [0, 1]]
    assert once.mean == pytest.approx(np.array([[2 / 3, 1 / 3], [0, 1]]))
    twice = coarsen(once, np.array([1, 1]))
    assert twice.image.tolist() == [4]
    assert twice.mean[0] == pytest.approx(x.mean(0))
