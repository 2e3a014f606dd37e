"""A training as curves and figures."""

from __future__ import annotations

import pytest

from hilander.views.learning import Curve, learning


def epoch(number: int, seconds: float, fp: float | None, best: int | None) -> dict[str, object]:
    scores = {"Fp": fp, "Fb": fp, "NMI": fp}
    losses = {"link_loss": 1 / number, "density_loss": 0.5}
    return {"epoch": number, "epochs": 10, "seconds": seconds, "best_epoch": best} | scores | losses


def test_curves_have_the_epochs_that_were_scored():
    learned = learning([epoch(1, 2, 0.4, 1), epoch(2, 4, None, 1), epoch(3, 6, 0.8, 3), epoch(4, 8, 0.6, 3)])
    assert learned.losses[0] == Curve("linkage", [1, 2, 3, 4], [1, 0.5, 1 / 3, 0.25])
    assert [curve.name for curve in learned.scores] == ["Fp", "Fb", "NMI"]
    assert learned.scores[0] == Curve("Fp", [1, 3, 4], [0.4, 0.8, 0.6])
    assert (learned.best_epoch, learned.best["Fp"]) == (3, 0.8)
    assert learned.seconds_left == pytest.approx(12)  # six epochs of two seconds


def test_without_validation_there_are_no_scores():
    learned = learning([epoch(1, 2, None, None), epoch(2, 4, None, None)])
    assert (learned.scores, learned.best_epoch, learned.best) == ([], None, {})


def test_before_two_epochs_there_is_no_pace():
    assert learning([]).seconds_left is None
    assert learning([epoch(1, 2, None, None)]).seconds_left is None


def test_a_resumed_training_that_counts_from_zero_again_keeps_its_pace():
    learned = learning([epoch(1, 1, None, None), epoch(2, 2, None, None), epoch(3, 1, None, None)])
    assert learned.seconds_left == pytest.approx(7)
