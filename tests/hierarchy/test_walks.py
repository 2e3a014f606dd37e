"""Where walks over the links end: against dense matrices, and on groups small enough to see."""

import numpy as np
import pytest
import torch

from hilander.errors import Cancelled
from hilander.graph import loops
from hilander.hierarchy import walks, walks_by_loops
from hilander.hierarchy.walks import LEAST_PROB, shared_ends


@pytest.fixture(autouse=True, params=["compiled loops", "sparse matrices"])
def way(request, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 0)
    monkeypatch.setattr(loops, "at_hand", lambda: request.param == "compiled loops")


def random_graph(rng, n=30, m=4):
    neighbors = np.stack([rng.choice(np.delete(np.arange(n), i), m, replace=False) for i in range(n)])
    return neighbors, rng.random((n, m))


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_is_the_cosine_of_the_rows_of_the_step_matrix_to_the_power(rng, monkeypatch, steps):
    for module in (walks, walks_by_loops):
        monkeypatch.setattr(module, "STEPS", steps)
        monkeypatch.setattr(module, "LEAST_SHARE", 1e-9)
        monkeypatch.setattr(module, "ROWS", 7)
    neighbors, prob = random_graph(rng)
    pull = np.zeros((30, 30))
    for i, row in enumerate(neighbors):
        for j, p in zip(row, prob[i], strict=True):
            if p > LEAST_PROB:
                pull[i, j] = pull[j, i] = max(pull[i, j], p * p)
    step = np.eye(30) + pull
    ends = np.linalg.matrix_power(step / step.sum(1, keepdims=True), steps)
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    expected = np.take_along_axis(ends @ ends.T, neighbors, axis=1)
    np.testing.assert_allclose(shared_ends(neighbors, prob), expected, atol=1e-5)


def test_a_bridge_as_probable_as_the_links_within_two_groups_shares_less():
    # two groups of four, all linked within; 3 and 4 are linked too, as probably
    neighbors = np.array([[j for j in range(4) if j != i] + [4] for i in range(4)])
    neighbors = np.concatenate([neighbors, 7 - neighbors[::-1]])
    prob = np.full((8, 4), 0.9)
    bridge = (neighbors < 4) != (np.arange(8)[:, None] < 4)
    prob[bridge] = 0
    prob[3, 3] = prob[4, 3] = 0.9
    shares = shared_ends(neighbors, prob)
    assert shares[3, 3] == shares[4, 3]
    assert shares[3, 3] < 0.8 < shares[~bridge].min()


def test_links_that_are_not_walked_share_nothing_and_twins_everything():
    neighbors = np.array([[1], [0], [3], [2]])
    shares = shared_ends(neighbors, np.array([[1.0], [1.0], [0.1], [LEAST_PROB]]))
    assert shares.ravel().tolist() == pytest.approx([1, 1, 0, 0])


def test_without_neighbours_there_is_nothing_to_say():
    assert shared_ends(np.zeros((3, 0), np.int64), np.zeros((3, 0))).shape == (3, 0)


def test_both_ways_forget_the_same_ends(rng, monkeypatch, cores):
    """Of many nodes, in several blocks, with hubs that more lead to than are kept."""
    neighbors, prob = random_graph(rng, n=2_000, m=6)
    neighbors[500:, 0] = rng.integers(0, 3, 1_500)
    prob[500:, 0] = 0.9
    monkeypatch.setattr(walks_by_loops, "ROWS", 300)
    found = []
    for at_hand in (True, False):
        monkeypatch.setattr(loops, "at_hand", lambda at_hand=at_hand: at_hand)
        found.append(shared_ends(neighbors, prob))
    differ = ~np.isclose(*found, atol=1e-5)
    assert differ.mean() < 0.01  # an end as likely as the least that is kept may be kept by one of them alone


def test_it_ends_where_whoever_is_told_that_it_goes_on_says_so(rng, monkeypatch, cores):
    neighbors, prob = random_graph(rng)
    monkeypatch.setattr(walks_by_loops, "ROWS", 4)
    monkeypatch.setattr(walks, "ROWS", 4)
    told = []

    def stop():
        told.append(1)
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        shared_ends(neighbors, prob, stop)
    assert torch.get_num_threads() == cores
