"""Lists carried over to rows of which some have merged, against a search of all."""

import numpy as np
import pytest
import torch

from hilander.graph import carry, meet
from hilander.graph.carry import carried, graph_of, longer
from hilander.graph.knn import KnnGraph
from hilander.graph.running import RunningTop
from hilander.io.vectors import unit_vectors

M = 7


def lists_of(x, length=2 * M):
    graph = KnnGraph.from_unit(x, k=length + 1, method="exact")
    return RunningTop(torch.from_numpy(graph.similarity), torch.from_numpy(graph.neighbors))


def rows(rng, n):
    return unit_vectors(rng.standard_normal((40, 12))[rng.integers(0, 40, n)] + rng.standard_normal((n, 12)))


def merged(rng, x, pairs, feature):
    """Rows of which some pairs of near ones became one: the vectors, where each was, where each went."""
    target = np.arange(len(x))
    near = KnnGraph.from_unit(x, k=2, method="exact").neighbors[:, 0]
    for one in rng.permutation(len(x)):
        other = near[one]
        if pairs and (target == one).sum() == (target == other).sum() == 1:
            target[other], pairs = one, pairs - 1
    peaks = np.flatnonzero(target == np.arange(len(x)))
    of = np.searchsorted(peaks, target)
    size = np.bincount(of)
    after, before = x[peaks].copy(), peaks.copy()
    if feature == "mean":
        sums = np.zeros_like(after)
        np.add.at(sums, of, x)
        after[size > 1] = (sums / np.linalg.norm(sums, axis=1, keepdims=True))[size > 1]
    before[size > 1] = -1
    return after, before, of


def assert_as_a_search_of_all(found, x):
    graph, wanted = graph_of(found, M), KnnGraph.from_unit(x, k=M + 1, method="exact")
    np.testing.assert_array_equal(graph.neighbors, wanted.neighbors)
    np.testing.assert_allclose(graph.similarity, wanted.similarity, atol=1e-6)


@pytest.fixture(params=[0, 10_000], ids=["many are new", "few are new"])
def small_tiles(monkeypatch, request):
    monkeypatch.setattr(meet, "FEW", request.param)
    monkeypatch.setattr(meet, "COLUMNS", 256)
    monkeypatch.setattr(meet, "ROWS", 64)
    monkeypatch.setattr(carry, "MOST", 2.0)  # whatever it takes


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("feature", ["mean", "peak"])
@pytest.mark.parametrize("pairs", [0, 1, 60, 400])
def test_level_after_level_as_a_search_of_all(rng, pairs, feature):
    x = rows(rng, 900)
    lists = lists_of(x)
    for _ in range(4):
        x, before, of = merged(rng, x, pairs, feature)
        lists = carried(lists, M, x, before, of)
        assert_as_a_search_of_all(lists, x)
        known = lists.index >= 0
        assert (known.sum(1) >= M + carry.SPARE).all()
        assert (lists.value[:, 1:] <= lists.value[:, :-1] + 1e-6).all()


@pytest.mark.usefixtures("small_tiles")
def test_what_is_not_in_a_list_is_no_nearer_than_its_last(rng):
    x = rows(rng, 600)
    lists = lists_of(x)
    x, before, of = merged(rng, x, 100, "mean")
    found = carried(lists, M, x, before, of)
    cosine = x @ x.T
    np.fill_diagonal(cosine, -2)
    for row, (value, index) in enumerate(zip(found.value, found.index, strict=True)):
        known = index[index >= 0].numpy()
        np.testing.assert_allclose(cosine[row, known], value[index >= 0], atol=1e-6)
        assert np.delete(cosine[row], known).max() <= value[-1] + 1e-6


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("length", [M + 3, 3 * M])
def test_lists_of_any_length(rng, length):
    x = rows(rng, 500)
    lists = lists_of(x, length)
    x, before, of = merged(rng, x, 50, "mean")
    assert_as_a_search_of_all(carried(lists, M, x, before, of), x)


@pytest.mark.usefixtures("small_tiles")
def test_all_rows_new_and_equal_ones(rng):
    x = np.repeat(rows(rng, 100), 3, axis=0)  # ties
    found = carried(lists_of(x), M, x, np.full(300, -1), np.arange(300))
    assert_as_a_search_of_all(found, x)


def test_where_much_has_changed_it_says_so(rng):
    x = rows(rng, 300)
    lists = lists_of(x)
    after, before, of = merged(rng, x, 120, "mean")
    assert carried(lists, M, after, before, of) is None
    after, before, of = merged(rng, x, 5, "mean")
    assert carried(lists, M, after, before, of) is not None


@pytest.mark.parametrize(
    ("n", "m", "length"),
    [
        (10_000, 9, 13),
        (10_000, 40, 60),
        (10_000, 50, 62),
        (10_000, 61, 61),
        (10, 9, 9),
        (13, 9, 12),
        (12, 9, 9),
    ],
)
def test_how_long_lists_are(n, m, length):
    assert longer(n, m) == length
