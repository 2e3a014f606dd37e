"""k-NN graphs against brute force, and the inputs that break naive ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.graph import exact
from hilander.graph.knn import KnnGraph, chosen_method


def points(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def brute_force(x, m):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -2)
    return np.sort(similarity, axis=1)[:, ::-1][:, :m]


# Four directions in the plane, at 0, 10, 90 and 100 degrees: two pairs of neighbours.
def test_neighbours_of_four_directions():
    angle = np.radians([0, 10, 90, 100])
    graph = KnnGraph.build(np.stack([np.cos(angle), np.sin(angle)], 1), k=2, method="exact")
    assert graph.neighbors.ravel().tolist() == [1, 0, 3, 2]
    assert graph.similarity.ravel() == pytest.approx(np.cos(np.radians(10)))


@pytest.mark.parametrize("method", ["exact", "approx"])
@pytest.mark.parametrize(("n", "d"), [(2, 3), (40, 5), (700, 16), (3000, 8)])
def test_similarities_match_brute_force(method, n, d):
    x = points(n, d)
    graph = KnnGraph.build(x, k=10, method=method)
    expected = brute_force(x, min(10, n) - 1)
    found = graph.similarity >= expected[:, -1:] - 1e-5
    assert found.mean() >= (1.0 if method == "exact" else 0.975)
    assert method == "approx" or np.abs(graph.similarity - expected).max() < 1e-5
    assert graph.recall == 1.0 if method == "exact" else 0.98 <= graph.recall <= 1
    assert (np.diff(graph.similarity, axis=1) <= 2e-6).all()
    assert (graph.neighbors != np.arange(n)[:, None]).all()


def test_blocks_do_not_change_the_result(monkeypatch):
    x = points(1000, 6)
    whole = KnnGraph.build(x, k=7, method="exact")
    monkeypatch.setattr(exact, "ROWS", 37)
    monkeypatch.setattr(exact, "COLUMNS", 329)
    parts = KnnGraph.build(x, k=7, method="exact")
    assert (parts.neighbors == whole.neighbors).all()


@given(st.integers(1, 12), st.integers(2, 15), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_few_points_get_as_many_neighbours_as_there_are(n, k, seed):
    graph = KnnGraph.build(points(n, 3, seed), k=k, method="exact")
    assert graph.neighbors.shape == (n, min(k, n) - 1)
    for node, row in enumerate(graph.neighbors):
        assert node not in row
        assert len(set(row.tolist())) == len(row)


@pytest.mark.parametrize("method", ["exact", "approx"])
def test_duplicates_are_each_others_neighbours_and_never_their_own(method):
    x = np.repeat(points(100, 8), 20, axis=0)
    graph = KnnGraph.build(x, k=10, method=method)
    assert (graph.neighbors != np.arange(2000)[:, None]).all()
    assert (graph.neighbors // 20 == (np.arange(2000) // 20)[:, None]).mean() > 0.99
    assert graph.similarity == pytest.approx(1, abs=1e-5)


# Three directions at 0, 120 and 240 degrees: every cosine is -0.5.
def test_negative_cosines_are_legal():
    angle = np.radians([0, 120, 240])
    graph = KnnGraph.build(np.stack([np.cos(angle), np.sin(angle)], 1), k=3)
    assert graph.similarity == pytest.approx(-0.5)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32, np.int8])
def test_any_real_dtype(dtype):
    x = np.round(points(60, 5) * 20).astype(dtype)
    same = KnnGraph.build(x.astype(np.float32), k=5)
    assert (KnnGraph.build(x, k=5).neighbors == same.neighbors).all()


def test_memory_mapped_input(tmp_path):
    x = points(50, 4).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert (KnnGraph.build(mapped, k=4).neighbors == KnnGraph.build(x, k=4).neighbors).all()


@pytest.mark.parametrize(("value", "word"), [(0.0, "zero"), (np.nan, "NaN"), (np.inf, "infinite")])
def test_bad_rows_are_named(value, word):
    x = points(20, 4)
    x[[3, 11]] = value
    with pytest.raises(InputError, match=rf"(?s)(?=.*{word})(?=.*\b3\b)(?=.*\b11\b)"):
        KnnGraph.build(x)


def test_k_below_two_is_refused():
    with pytest.raises(InputError, match="k must be a whole number of at least 2; got 1"):
        KnnGraph.build(points(5, 2), k=1)


@pytest.mark.parametrize("method", ["exact", "approx"])
def test_progress_ends_at_one_and_may_stop_the_search(method):
    shares = []
    KnnGraph.build(points(2000, 4), k=3, method=method, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    class Stop(Exception):  # noqa: N818
        pass

    def stop(_share):
        raise Stop

    with pytest.raises(Stop):
        KnnGraph.build(points(2000, 4), k=3, method=method, progress=stop)


@pytest.mark.parametrize(
    ("n", "device", "method"),
    [(20_000, "cpu", "exact"), (100_000, "cpu", "approx"), (100_000, "cuda", "exact")],
)
def test_auto_is_exact_while_that_is_cheap(n, device, method):
    assert chosen_method(n, 128, "auto", device) == method


def test_to_dgl_keeps_every_edge():
    pytest.importorskip("dgl", reason="dgl has no wheel for this Python")
    graph = KnnGraph.build(points(30, 4), k=4)
    source, target = graph.to_dgl().edges()
    assert (source.numpy().reshape(30, 3) == graph.neighbors).all()
    assert (target.numpy().reshape(30, 3) == np.arange(30)[:, None]).all()
