"""The three ways of the exact search against all pairs: each pair once, rounded first, row by row."""

import numpy as np
import pytest
import torch

from hilander.graph import blocks, exact, rounded
from hilander.graph.blocks import Blocks, blocks_for
from hilander.graph.once import each_pair_once
from hilander.graph.plain import search_rows
from hilander.graph.rounded import full_precision, search_rounded
from hilander.io.vectors import unit_vectors

SMALL = Blocks(shard=10_000, rows=37, columns=160, gathered=10_000)
SHARDS = Blocks(shard=150, rows=64, columns=48, gathered=5_000)


def unit(x):
    x = np.asarray(x, np.float64)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def random(n, d, seed=0):
    return unit(np.random.default_rng(seed).standard_normal((n, d)))


def clustered(n, d, spread, seed=0):
    rng = np.random.default_rng(seed)
    return unit(
        rng.standard_normal((1 + n // 25, d))[rng.integers(0, 1 + n // 25, n)] + spread * random(n, d)
    )


def near_one_direction(n, d):
    """All cosines differ by less than half precision can tell."""
    return unit(np.ones(d) + 1e-3 * random(n, d))


DATA = {
    "two": random(2, 3),
    "three": random(3, 1),
    "few": random(20, 4),
    "random": random(700, 16),
    "clustered": clustered(1500, 24, 0.3),
    "sorted by similarity": random(600, 6)[np.argsort(random(600, 6)[:, 0])],
    "duplicates": np.repeat(random(40, 8), 30, axis=0),
    "all equal": np.repeat(random(1, 8), 200, axis=0),
    "nearly equal": near_one_direction(1200, 16),
    "opposite": np.concatenate([random(150, 5), -random(150, 5)]),
    "tiny values": unit(np.concatenate([np.ones((300, 1)), 1e-6 * random(300, 7)], axis=1)),
}


def silent(_share):
    pass


def by_rounding(dtype, sizes):
    return lambda x, m: search_rounded(x, m, sizes, device="cpu", progress=silent, dtype=dtype)


def by_rows(x, m):
    return search_rows(x, torch.arange(len(x)), m, columns=160, device="cpu", progress=silent)


WAYS = {
    "once": lambda x, m: each_pair_once(x, m, 48, 80, silent),
    "once, odd tiles": lambda x, m: each_pair_once(x, m, 37, 101, silent),
    "rounded": by_rounding(torch.float16, SMALL),
    "rounded, in shards": by_rounding(torch.float16, SHARDS),
    "bfloat16": by_rounding(torch.bfloat16, SMALL),
    "bfloat16, in shards": by_rounding(torch.bfloat16, SHARDS),
    "row by row": by_rows,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("data", DATA)
def test_every_way_finds_the_most_similar_rows(way, data):
    x = DATA[data]
    m = min(11, len(x) - 1)
    value, index = (found.numpy() for found in WAYS[way](torch.from_numpy(x), m))
    every = x.astype(np.float64) @ x.T.astype(np.float64)
    np.fill_diagonal(every, -2)
    assert value == pytest.approx(np.sort(every, axis=1)[:, ::-1][:, :m], abs=3e-7)
    assert np.take_along_axis(every, index, 1) == pytest.approx(value, abs=3e-7)
    assert (index != np.arange(len(x))[:, None]).all()
    assert all(len(set(row)) == m for row in index.tolist())


# Cosines 1e-7 apart may fall to either side of a step of ties.
@pytest.mark.parametrize(("data", "same"), [("random", 1), ("clustered", 0.998)])
def test_the_device_does_not_change_the_graph(data, same, monkeypatch):
    x = DATA[data]
    on_cpu = exact.exact_neighbors(x, 9, "cpu", silent)
    monkeypatch.setattr(exact, "each_pair_once", lambda x, m, _rows, _columns, _told: WAYS["rounded"](x, m))
    rounded_first = exact.exact_neighbors(x, 9, "cpu", silent)
    assert (on_cpu[0] == rounded_first[0]).mean() >= same
    assert on_cpu[1] == pytest.approx(rounded_first[1], abs=2 * exact.TIE)


# Rows apart are proved by the rounded products; rows that half precision cannot tell apart are searched again.
@pytest.mark.parametrize(("data", "searched"), [("clustered", (0, 150)), ("nearly equal", (1100, 1200))])
def test_only_rows_without_a_proof_are_searched_again(data, searched, monkeypatch):
    rows = []

    def noted(points, some, m, **options):
        rows.extend(some.tolist())
        return search_rows(points, some, m, **options)

    monkeypatch.setattr(rounded, "search_rows", noted)
    WAYS["rounded"](torch.from_numpy(DATA[data]), 11)
    least, most = searched
    assert least <= len(rows) <= most


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_no_product_exceeds_its_bound(dtype):
    points = torch.from_numpy(np.concatenate([DATA["clustered"], clustered(300, 24, 0.01)]))
    shard = rounded.Shard.of(points, 0, dtype)
    product = (shard.rounded @ shard.rounded.T).float()
    most = torch.stack([rounded._bound(column, shard, shard) for column in product.T], dim=1)
    assert ((points.double() @ points.T.double()) <= most).all()


def test_long_lists_are_searched_row_by_row():
    x = random(300, 5)
    neighbors, similarity = exact.exact_neighbors(x, 250, "cpu", silent)
    short = exact.exact_neighbors(x, 9, "cpu", silent)
    assert (neighbors[:, :9] == short[0]).all()
    assert similarity[:, :9] == pytest.approx(short[1], abs=2e-7)


def test_progress_of_the_rounded_search_rises_to_one():
    shares = []
    search_rounded(torch.from_numpy(random(400, 5)), 9, SHARDS, device="cpu", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_float32_settings_come_back():
    torch.set_float32_matmul_precision("high")
    try:
        with full_precision():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")


# 8 GB hold 3 million x 128 beside everything else, 80 GB all of 5 million.
@pytest.mark.parametrize(
    ("n", "dim", "gigabytes"),
    [(5_000_000, 128, 8), (5_000_000, 128, 80), (10_000_000, 512, 8), (1_000, 128, 8), (2, 1, 80)],
)
def test_blocks_fit_what_is_free(n, dim, gigabytes):
    sizes = blocks_for(n, dim, gigabytes * 10**9)
    groups = -(-sizes.shard // blocks.GROUP)
    used = sizes.shard * dim * 6 + sizes.rows * (2 * sizes.columns + 20 * groups) + sizes.gathered * 8
    assert used < 0.8 * gigabytes * 10**9
    assert sizes.columns % blocks.GROUP == 0
    assert (sizes.shard == n) == (gigabytes == 80 or n == 1_000)


@pytest.mark.parametrize("whole_numbers", [False, True])
def test_the_same_lists_with_any_number_of_threads(whole_numbers, rng, monkeypatch):
    """To the bit, also where many are equally far away."""
    monkeypatch.setattr(exact, "ROWS", 48)
    monkeypatch.setattr(exact, "COLUMNS", 80)
    x = rng.integers(0, 3, (900, 5)) + 0.1 if whole_numbers else rng.standard_normal((900, 12))
    x, found, before = unit_vectors(x), [], torch.get_num_threads()
    try:
        for threads in (1, 2, 2):
            torch.set_num_threads(threads)
            found.append(exact.exact_neighbors(x, 6, "cpu", lambda _share: None))
    finally:
        torch.set_num_threads(before)
    for one in found[1:]:
        assert np.array_equal(found[0][0], one[0])
        assert np.array_equal(found[0][1], one[1])
