"""A graph carried over to rows of which some have merged, against a search of all."""

import numpy as np
import pytest

from hilander.graph import insert as module
from hilander.graph.insert import carried
from hilander.graph.knn import KnnGraph
from hilander.io.vectors import unit_vectors


def merged(rng, x, pairs, feature):
    """Rows of which some pairs became one: the vectors, where each one was, where each one went."""
    n = len(x)
    one, other = rng.permutation(n)[: 2 * pairs].reshape(2, -1)
    target = np.arange(n)
    target[other] = one
    peaks = np.flatnonzero(target == np.arange(n))
    of = np.searchsorted(peaks, target)
    after = x[peaks].copy()
    if feature == "mean":
        both = x[one] + x[other]
        after[of[one]] = both / np.linalg.norm(both, axis=1, keepdims=True)
    before = peaks.copy()
    before[of[one]] = -1
    return after, before, of


@pytest.mark.parametrize("feature", ["mean", "peak"])
@pytest.mark.parametrize("pairs", [0, 1, 15])
def test_as_a_search_of_all(rng, pairs, feature, monkeypatch):
    monkeypatch.setattr(module, "COLUMNS", 256)  # several blocks, a sample that is not all
    monkeypatch.setattr(module, "ROWS", 64)
    x = unit_vectors(rng.standard_normal((40, 12))[rng.integers(0, 40, 900)] + rng.standard_normal((900, 12)))
    after, before, of = merged(rng, x, pairs, feature)
    found = carried(KnnGraph.from_unit(x, k=7, method="exact"), after, before, of)
    wanted = KnnGraph.from_unit(after, k=7, method="exact")
    assert found is not None
    assert (found.neighbors == wanted.neighbors).all()
    np.testing.assert_allclose(found.similarity, wanted.similarity, atol=1e-6)


def test_where_most_has_changed_it_says_so(rng):
    x = unit_vectors(rng.standard_normal((300, 12)))
    after, before, of = merged(rng, x, 100, "mean")
    assert carried(KnnGraph.from_unit(x, k=7, method="exact"), after, before, of) is None
