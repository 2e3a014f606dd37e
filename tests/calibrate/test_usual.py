"""What is believed before any answer."""

import numpy as np
import pytest

from hilander.calibrate import usual


@pytest.fixture
def one_curve(monkeypatch):
    """All sets alike: one curve, natural levels of reach 2."""
    curve = np.array([0.5, -1.0, -0.5, -0.25, -2.0])
    monkeypatch.setattr(usual, "_known", lambda: (np.tile(curve, (9, 1)), np.full(9, 2.0)))
    return curve


def test_half_of_the_curves_fall_where_they_usually_do_and_half_as_far_from_the_natural_level(one_curve, rng):
    curves = usual.usual_curves(4000, 5.0, rng)
    assert curves.shape == (4000, 5)
    here, moved = curves[:2000].mean(0), curves[2000:].mean(0)
    assert here == pytest.approx(one_curve, abs=0.01)
    # three logs of companions further: at distances of d + 3 they say what they said at d
    assert moved[1:] == pytest.approx(one_curve[1:], abs=0.01)
    assert moved[0] + 3 * moved[1:4].sum() == pytest.approx(one_curve[0], abs=0.02)


def test_of_a_set_with_the_usual_natural_level_both_halves_say_the_same(one_curve, rng):
    curves = usual.usual_curves(4000, 2.0, rng)
    assert curves[:2000].mean(0) == pytest.approx(curves[2000:].mean(0), abs=0.01)


def test_the_shipped_curves_say_that_the_far_are_different(rng):
    curves = usual.usual_curves(2000, 3.0, rng)
    assert np.isfinite(curves).all()
    assert (curves[:, 1:4].sum(1) < 0).mean() > 0.8
