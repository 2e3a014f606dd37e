"""Where walks over the links end: against dense matrices, and on groups small enough to see."""

import numpy as np
import pytest

from hilander.hierarchy import walks
from hilander.hierarchy.walks import LEAST_PROB, shared_ends


def random_graph(rng, n=30, m=4):
    neighbors = np.stack([rng.choice(np.delete(np.arange(n), i), m, replace=False) for i in range(n)])
    return neighbors, rng.random((n, m))


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_is_the_cosine_of_the_rows_of_the_step_matrix_to_the_power(rng, monkeypatch, steps):
    monkeypatch.setattr(walks, "STEPS", steps)
    monkeypatch.setattr(walks, "LEAST_SHARE", 0)
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
