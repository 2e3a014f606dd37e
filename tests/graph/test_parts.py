"""A search in parts gives the lists of the whole one, to the bit, in whatever order its parts come in."""

from typing import get_args

import numpy as np
import pytest
import torch

from hilander.graph import parts, rough
from hilander.graph.exact import candidates, exact_neighbors, ties_broken
from hilander.graph.parts import Merged, Part, parts_of, search_part
from hilander.graph.rough import Way


def points(n, dim=16, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def found(x, m, order, *, floors=True):
    best = Merged(len(x), candidates(len(x), m))
    for part in order:
        here = x[part.start : part.end if part.on_diagonal else part.stop]
        there = None if part.on_diagonal else x[part.left : part.end]
        known = not part.on_diagonal and floors
        above = (best.floor(part.start, part.stop), best.floor(part.left, part.end)) if known else None
        for entries in search_part(part, here, there, best.value.shape[1], above):
            best.add(entries)
    return [one.numpy() for one in ties_broken(best.value, best.index, m)]


@pytest.mark.parametrize("n", [2, 5, 1_024, 1_025, 3_000, 9_500])
@pytest.mark.parametrize("floors", [True, False])
def test_parts_make_up_the_whole_search(n, floors):
    x, m = points(n), min(9, n - 1)
    neighbors, similarity = exact_neighbors(x, m, "cpu", lambda _share: None)
    got = found(x, m, parts_of(n, 16, workers=3), floors=floors)
    assert (got[0] == neighbors).all()
    assert (got[1] == similarity).all()


def test_parts_may_come_in_any_order(monkeypatch):
    monkeypatch.setattr(parts, "BLOCKS", 3)
    x = points(6_000)
    order = parts_of(len(x), 16, workers=1)
    assert len(order) == 6  # three blocks
    backwards = found(x, 9, order[::-1], floors=False)
    assert (backwards[0] == found(x, 9, order)[0]).all()


@pytest.mark.parametrize("way", get_args(Way))
def test_a_last_block_of_few_rows_is_rounded_as_the_others_are(way, monkeypatch):
    """By itself so few would be multiplied as they are, and the two kinds of products do not go together."""
    monkeypatch.setattr(rough, "soonest", lambda **_: way)
    monkeypatch.setattr(rough, "LEAST_ROWS", {way: 500, "float32": 0})
    monkeypatch.setattr(rough, "LEAST_DIM", 1)
    x = points(8_200)
    order = parts_of(len(x), 16, workers=3)
    assert min(part.end - part.left for part in order) < 500 < max(part.stop - part.start for part in order)
    neighbors, similarity = exact_neighbors(x, 9, "cpu", lambda _share: None)
    got = found(x, 9, order)
    assert (got[0] == neighbors).all()
    assert (got[1] == similarity).all()


def test_every_tile_is_in_one_part():
    every = [tile for part in parts_of(20_000, 128, workers=3) for tile in part.tiles()]
    whole = list(Part(20_000, 0, 20_000, 0, 20_000).tiles())
    assert sorted(every) == whole


def test_blocks_are_small_where_vectors_are_long():
    sizes = {part.stop - part.start for part in parts_of(1_000_000, 2_048, workers=2)}
    assert max(sizes) * 2_048 <= parts.BLOCK_VALUES


def test_what_does_not_beat_the_floor_is_not_told():
    x = points(2_048)
    part = Part(2_048, 0, 1_024, 1_024, 2_048)
    high = np.full(1_024, 1.0, np.float32)
    told = search_part(part, x[:1_024], x[1_024:], 11, (high, high))
    assert [int(one.count.sum()) for one in told] == [0, 0]
    assert torch.isinf(Merged(3, 2).value).all()
