"""The generator of the benchmarks' embeddings."""

import numpy as np
import pytest

from suite import generated as module
from suite.generated import generated


@pytest.mark.parametrize("n", [1, 7, 5_000])
def test_unit_rows_of_identities_of_log_normal_sizes(n, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 999)
    x, labels = generated(n, 32, seed=3)
    assert x.shape == (n, 32)
    assert x.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)
    assert labels.shape == (n,)
    again, other = generated(n, 32, seed=3), generated(n, 32, seed=4)
    assert np.array_equal(x, again[0])
    assert np.array_equal(labels, again[1])
    assert not np.array_equal(x, other[0])


def test_an_image_is_nearest_to_its_own_identity():
    x, labels = generated(5_000, 32)
    sizes = np.bincount(labels)
    assert 15 < np.median(sizes) < 26
    assert sizes.max() > 5 * np.median(sizes)
    cosine = x[:500] @ x.T
    cosine[np.arange(500), np.arange(500)] = -1
    shared = sizes[labels[:500]] > 1
    assert (labels[cosine.argmax(1)] == labels[:500])[shared].mean() > 0.7
