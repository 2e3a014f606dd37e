"""Approximate search against faiss's exact one, and what it says of itself."""

from typing import get_args

import numpy as np
import pytest
import torch

from hilander.graph import approx, rough, sample
from hilander.graph.approx import approx_neighbors
from hilander.graph.exact import exact_neighbors
from hilander.graph.lists import sorted_into_lists
from hilander.graph.rough import Rough, Way
from hilander.graph.top import best_from, top
from hilander.io.vectors import unit_vectors


@pytest.fixture
def never_all(monkeypatch):
    """Sets as small as these are compared whole otherwise."""
    monkeypatch.setattr(approx, "PAIRS_ONCE", 1e9)


def quiet(_share):
    pass


def groups(rng, n, d, spread, per=20):
    """Groups of `per` noisy copies of a direction."""
    centres = rng.standard_normal((n // per, d))
    return unit_vectors(centres[rng.integers(0, n // per, n)] + spread * rng.standard_normal((n, d)))


def true_neighbors(x, m):
    faiss = pytest.importorskip("faiss")
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)
    found = index.search(x, m + 1)[1]
    own = found == np.arange(len(x))[:, None]
    own[~own.any(1), -1] = True
    return found[~own].reshape(len(x), m)


@pytest.mark.usefixtures("never_all")
@pytest.mark.parametrize("spread", [0.3, 0.7, 3.0])
@pytest.mark.parametrize("d", [8, 64])
@pytest.mark.parametrize("way", get_args(Way))
def test_it_finds_what_it_promises_and_says_how_much(rng, d, spread, way, monkeypatch):
    """From tight groups to none at all, with plain products and rough ones."""
    monkeypatch.setattr(rough, "soonest", lambda **_: way)
    monkeypatch.setattr(rough, "LEAST_ROWS", {way: 0})
    monkeypatch.setattr(rough, "LEAST_DIM", 0)
    x = groups(rng, 6_000, d, spread)
    found, similarity, told = approx_neighbors(x, 9, quiet)
    recall = (found[:, :, None] == true_neighbors(x, 9)[:, None, :]).any(2).mean()
    assert recall >= 0.98
    assert told == pytest.approx(recall, abs=0.01)
    np.testing.assert_allclose(similarity, np.einsum("nd,nmd->nm", x, x[found]), atol=1e-6)


@pytest.mark.usefixtures("never_all")
def test_the_share_told_is_that_of_what_was_found(rng, monkeypatch):
    """Too few places, no rounds, and content with that: it must not say that all is well."""
    for module, name, value in ((approx, "PLACES", 1), (approx, "MOST_ROUNDS", 0), (sample, "PROMISED", 0.1)):
        monkeypatch.setattr(module, name, value)
    x = groups(rng, 6_000, 64, 1.0)
    found, _, told = approx_neighbors(x, 9, quiet)
    recall = (found[:, :, None] == true_neighbors(x, 9)[:, None, :]).any(2).mean()
    assert recall < 0.9
    assert told == pytest.approx(recall, abs=0.03)


@pytest.mark.usefixtures("never_all")
def test_it_can_be_stopped_after_every_block_of_work(rng, monkeypatch):
    """Whoever cancels does so where progress is told: nothing long may pass without that."""
    told, untold, each_block = [0], [], approx.each_block

    def watched(function, blocks, device):
        for done in each_block(function, blocks, device):
            before = told[0]
            yield done
            if told[0] == before:
                untold.append(done)

    monkeypatch.setattr(approx, "each_block", watched)
    monkeypatch.setattr("hilander.graph.lists.each_block", watched)
    monkeypatch.setattr("hilander.graph.sample.each_block", watched)

    def progress(share):
        assert 0 <= share <= 1
        told[0] += 1

    approx_neighbors(groups(rng, 6_000, 64, 3.0), 9, progress)
    assert told[0] > 20
    assert not untold


@pytest.mark.usefixtures("never_all")
def test_a_turn_that_did_not_suffice_is_followed_by_others(rng, monkeypatch):
    turns, join = [], approx._Search.join

    def joined(search, turn, progress):
        turns.append(turn)
        join(search, turn, progress)
        assert search.similarity.diff(dim=1).max() <= 0  # what was found before stays where it is better

    monkeypatch.setattr(approx, "PLACES", 1)
    monkeypatch.setattr(approx._Search, "join", joined)
    x = groups(rng, 12_000, 64, 1.0)
    found, _, told = approx_neighbors(x, 5, quiet)
    assert turns == list(range(len(turns)))
    assert len(turns) > 1
    recall = (found[:, :, None] == true_neighbors(x, 5)[:, None, :]).any(2).mean()
    assert recall >= 0.975  # the more often the sample is looked at, the sooner luck ends the search
    assert told == pytest.approx(recall, abs=0.01)


@pytest.mark.usefixtures("never_all")
def test_the_same_graph_with_any_number_of_threads(rng):
    x, found, before = groups(rng, 3_000, 16, 0.5), [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(approx_neighbors(x, 5, quiet))
    finally:
        torch.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def test_a_row_that_stands_alone_is_compared_with_all(rng):
    """Lists of a few rows, m of many."""
    x = unit_vectors(rng.standard_normal((300, 4)))
    found, similarity, told = approx_neighbors(x, 250, quiet)
    assert all(len(set(row)) == 250 for row in found.tolist())
    assert (found != np.arange(300)[:, None]).all()
    assert similarity.min() >= -1
    assert told > 0.98


def test_every_row_stands_in_its_most_similar_lists(rng):
    x = torch.from_numpy(unit_vectors(rng.standard_normal((2_000, 6))))
    lists, others = (sorted_into_lists(x, Rough.of(x), 3, 100, seed=seed, progress=quiet) for seed in (0, 1))
    assert sorted(lists.members.tolist()) == list(range(6_000))
    assert lists.starts != others.starts  # another turn meets other pairs
    assert lists.starts[0] == 0
    assert lists.starts[-1] == 6_000
    of = torch.empty(6_000, dtype=torch.int64)
    for number, (start, stop) in enumerate(zip(lists.starts[:-1], lists.starts[1:], strict=True)):
        of[lists.members[start:stop].long()] = number
    assert all(len(set(row)) == 3 for row in of.view(-1, 3).tolist())


@pytest.mark.parametrize(
    ("columns", "m"), [(5, 5), (31, 3), (64, 1), (700, 4), (2_048, 9), (2_049, 9), (5_000, 30)]
)
def test_the_largest_of_each_row(rng, columns, m):
    block = torch.from_numpy(rng.standard_normal((7, columns)))
    value, column = top(block, m)
    wanted = block.topk(m, 1)
    assert torch.equal(value, wanted.values)
    assert torch.equal(column, wanted.indices)


def test_where_comparing_all_is_sooner_all_is_found(rng):
    """Whatever rounding says of the sample: it ends, and tells 1."""
    x = unit_vectors(rng.standard_normal((400, 2_000)))
    found, _, told = approx_neighbors(x, 9, quiet)
    assert told == 1
    assert np.array_equal(np.sort(found, 1), np.sort(true_neighbors(x, 9), 1))


def test_where_turns_would_take_longer_all_are_compared(rng):
    """No groups at all: after a turn it is seen that many more would be needed."""
    x = groups(rng, 20_000, 256, 50.0)
    search = approx._Search(torch.from_numpy(x), 9, quiet)
    assert search.run(quiet) == 1.0
    assert (search.neighbors.numpy() == exact_neighbors(x, 9, "cpu", quiet)[0]).all()


def test_turns_that_find_nothing_come_to_an_end(rng, monkeypatch):
    """Whatever the figures promise: as little may be missing as is always one turn away."""
    turns = []
    monkeypatch.setattr(approx._Search, "join", lambda _search, turn, _progress: turns.append(turn))
    monkeypatch.setattr(approx._Search, "_turns_left", lambda *_: 1.0)
    monkeypatch.setattr(approx._Search, "ask_neighbors", lambda *_: None)
    search = approx._Search(torch.from_numpy(groups(rng, 20_000, 16, 1.0)), 9, quiet)
    assert search.run(quiet) == 1.0
    assert 0 < len(turns) < 10


def test_turns_left():
    search = approx._Search(torch.from_numpy(np.eye(40, dtype=np.float32)), 9, quiet)
    assert search._turns_left(1.0, 0.0) == 1  # nothing is known yet
    assert search._turns_left(0.016 * 8, 0.5) == pytest.approx(3)
    assert search._turns_left(0.001, 0.5) == 1
    assert search._turns_left(0.5, 1.0) == search._turns_left(0.5, 0.95) > 60


def test_entries_that_exceed_a_floor_come_unsorted_and_the_rest_is_none():
    block = torch.tensor([[5, 9, 7, 1], [3, 4, 1, 2], [1, 1, 1, 1]], dtype=torch.int32)
    value, column = best_from(block, 3, torch.tensor([4, 0, 1], dtype=torch.int32), -9)
    assert value[0].tolist() == [5, 9, 7]  # as many as asked for: the last is not the least
    assert sorted(value[1].tolist()) == [2, 3, 4]  # more: the best
    assert value[2].tolist() == [-9, -9, -9]
    assert block[0, column[0]].tolist() == value[0].tolist()
