"""Generated embeddings: unit rows, identities of the sizes promised, near each other, in no order."""

from __future__ import annotations

import numpy as np
import pytest

from suite import generated as module
from suite.generated import generated


@pytest.mark.parametrize(("n", "dim"), [(1, 1), (7, 3), (5_000, 16)])
def test_rows_are_unit_and_every_identity_is_there(n, dim):
    x, labels = generated(n, dim, seed=0)
    assert (x.shape, x.dtype, labels.shape, labels.dtype) == ((n, dim), np.float32, (n,), np.int64)
    assert np.linalg.norm(x, axis=1) == pytest.approx(1, abs=1e-5)
    assert (np.unique(labels) == np.arange(labels.max() + 1)).all()


def test_sizes_are_lognormal_around_twenty():
    _, labels = generated(60_000, 2, seed=1)
    sizes = np.bincount(labels)
    assert 18 <= np.median(sizes) <= 22
    assert sizes.max() > 100
    assert np.corrcoef(labels[:-1], labels[1:])[0, 1] == pytest.approx(0, abs=0.02)


def test_an_identity_is_near_and_its_sub_clusters_nearer():
    x, labels = generated(2_000, 256, seed=2)
    cosine, same = x @ x.T, labels[:, None] == labels
    np.fill_diagonal(same, val=False)
    within = cosine[same]
    assert abs(cosine[labels[:, None] != labels].mean()) < 0.01
    assert ((within > 0.45) & (within < 0.85)).mean() > 0.98
    assert 0.1 < (within > 0.66).mean() < 0.3  # pairs of one sub-cluster


def test_the_same_seed_gives_the_same_rows_and_blocks_only_bound_memory(monkeypatch):
    first, second = generated(500, 8, seed=3), generated(500, 8, seed=3)
    assert (first[0] == second[0]).all()
    assert (generated(500, 8, seed=4)[0] != first[0]).any()
    monkeypatch.setattr(module, "BLOCK_VALUES", 400)
    x, labels = generated(500, 8, seed=3)
    assert (labels == first[1]).all()
    assert np.linalg.norm(x, axis=1) == pytest.approx(1, abs=1e-5)
