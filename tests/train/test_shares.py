"""The true share of a link between clusters: how many image pairs across it are of one identity."""

import numpy as np
import pytest

from hilander.train.shares import true_shares


def test_between_single_images_it_is_the_label():
    neighbors = np.array([[1, 2], [0, 2], [1, 0]])
    assert true_shares(neighbors, np.arange(3), np.array([7, 7, 9])).tolist() == [[1, 0], [1, 0], [0, 0]]


# Cluster 0: identities a, a, b; cluster 1: a, b. Of the 6 pairs across, a-a twice and b-b once.
def test_between_mixed_clusters_by_hand():
    shares = true_shares(np.array([[1], [0]]), np.array([0, 0, 0, 1, 1]), np.array([5, 5, 6, 5, 6]))
    assert shares == pytest.approx(np.array([[0.5], [0.5]]))


def test_against_all_pairs(rng):
    clusters, labels = rng.integers(0, 6, 60), rng.integers(-3, 4, 60)
    clusters[:6] = np.arange(6)
    neighbors = np.array([[j for j in range(6) if j != i] for i in range(6)])
    got = true_shares(neighbors, clusters, labels)
    for i in range(6):
        for place, j in enumerate(neighbors[i]):
            pairs = labels[clusters == i][:, None] == labels[clusters == j]
            assert got[i, place] == pytest.approx(pairs.mean(), abs=1e-6)
