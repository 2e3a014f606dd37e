"""Far islands are brought nearer; what lies evenly stays where it is."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.views.islands import nearer


def test_an_empty_band_is_narrowed_and_the_islands_keep_their_shape():
    island = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    xy = np.concatenate([island, island + np.array([1000, 0])])
    x = nearer(xy)[:, 0]
    assert np.diff(x).tolist() == [1.0] * 19 + [4.0] + [1.0] * 19  # the band: four usual gaps


def test_points_that_lie_evenly_are_not_moved(rng):
    xy = rng.permutation(np.stack(np.meshgrid(np.arange(9), np.arange(9)), axis=-1).reshape(-1, 2))
    assert nearer(xy) == pytest.approx(xy)


@pytest.mark.parametrize("m", [1, 2, 3, 500])
def test_the_order_along_each_axis_is_kept_and_nothing_moves_apart(rng, m):
    xy = rng.normal(size=(m, 2)) ** 5
    moved = nearer(xy)
    assert moved.shape == (m, 2)
    for before, after in zip(xy.T, moved.T, strict=True):
        order = np.argsort(before)
        steps = np.diff(after[order].astype(np.float64))
        assert (steps >= -1e-5).all()
        assert (steps <= np.diff(before[order]) + 1e-4).all()


def test_all_at_one_place_stay_there():
    assert nearer(np.full((7, 2), 3.5)).tolist() == [[3.5, 3.5]] * 7


def test_shuffled_rows_give_shuffled_places(rng):
    xy, order = rng.normal(size=(40, 2)) ** 5, rng.permutation(40)
    assert np.array_equal(nearer(xy[order]), nearer(xy)[order])
