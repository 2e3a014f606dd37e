"""Links out of predictions, on graphs that can be checked by hand."""

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.graph import loops
from hilander.hierarchy.coarsen import coarsen, first_nodes
from hilander.hierarchy.decode import agreed_parents, parents_from_links, roots

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


# Node 4's surest neighbour, 0, stands alone; its three others are one tree, and together they are surer.
VOTERS = np.array([[1, 2, 4], [2, 3, 0], [1, 3, 0], [1, 2, 4], [0, 1, 2]])
VOTES = np.array([[0.0, 0.0, 0.1], [0.0, 0.0, 0.0], [0.9, 0.9, 0.0], [0.9, 0.8, 0.1], [0.7, 0.6, 0.6]])
VOTERS_DENSITY = np.array([0.8, 0.9, 0.7, 0.6, 0.1], np.float32)


@pytest.fixture(params=["compiled loops", "places one after the other"])
def votes(request, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 0)
    monkeypatch.setattr(loops, "at_hand", lambda: request.param == "compiled loops")


@pytest.mark.usefixtures("votes")
def test_a_node_follows_the_tree_that_its_neighbours_speak_for():
    assert parents_from_links(VOTERS, VOTES, VOTERS_DENSITY, tau=0.5).tolist() == [0, 1, 1, 1, 0]
    assert agreed_parents(VOTERS, VOTES, VOTERS_DENSITY, least=0.5).tolist() == [0, 1, 1, 1, 1]


@pytest.mark.usefixtures("votes")
def test_votes_allow_no_link_that_tau_forbids():
    assert agreed_parents(VOTERS, VOTES, VOTERS_DENSITY, least=0.65).tolist() == [0, 1, 1, 1, 0]


@pytest.mark.usefixtures("votes")
@pytest.mark.parametrize("seed", range(5))
def test_agreed_links_lead_to_denser_neighbours_and_make_no_cycle(seed):
    rng = np.random.default_rng(seed)
    neighbors = np.stack([rng.permutation(np.delete(np.arange(30), i))[:6] for i in range(30)])
    prob, density = rng.random((30, 6)), rng.random(30).astype(np.float32)
    parent = agreed_parents(neighbors, prob, density, least=0.2)
    linked = np.flatnonzero(parent != np.arange(30))
    assert (density[parent[linked]] > density[linked]).all()
    assert ((neighbors[linked] == parent[linked, None]) & (prob[linked] > 0.2)).any(1).all()
    same = parents_from_links(neighbors, prob, density, tau=0.2) != np.arange(30)
    assert (same == (parent != np.arange(30))).all()  # who stays a peak is not voted on
    roots(parent)


@pytest.mark.usefixtures("votes")
def test_agreement_without_neighbours_or_candidates():
    none = np.empty((1, 0))
    assert agreed_parents(none.astype(int), none, np.zeros(1, np.float32), least=0).tolist() == [0]
    assert agreed_parents(NEIGHBORS, LINK_PROB, DENSITY, least=1.0).tolist() == [0, 1, 2, 3]
