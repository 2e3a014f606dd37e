"""What the benchmark scripts share: scoring, the changed spaces, and the verdicts. No other method's package needed."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.io.vectors import unit_vectors
from hilander.metrics import Scores
from suite import datasets
from suite.asked import Comparison, against_peers, within
from suite.changed import CHANGES, changed
from suite.datasets import Dataset
from suite.peers import dbscan, hac
from suite.scoring import Row, best, measure, noise_alone

TRUTH = np.array([0, 0, 1, 1])


def row(score: float, method: str = "m", data: str = "grocery") -> Row:
    return Row(data, method, "", Scores(score, score, 0.0), 1)


def test_noise_stands_alone():
    assert noise_alone(np.array([-1, 0, 0, -1])).tolist() == [1, 0, 0, 2]
    assert noise_alone(np.array([-1, -1])).tolist() == [0, 1]


def test_a_row_is_scored_with_noise_alone():
    got = measure("d", "m", "s", TRUTH, np.array([0, 0, -1, -1]))
    # pairs: 1 of 1 right, 1 of 2 found: 2/3; BCubed: all pure, recall (1 + 1 + 1/2 + 1/2) / 4: 6/7
    assert got.clusters == 3
    assert got.score == pytest.approx((2 / 3 + 6 / 7) / 2)


def test_the_best_row_says_of_how_many_it_is_the_best():
    got = best([row(0.2), row(0.7, "a"), row(0.7, "b")], seconds=4.0)
    assert (got.method, got.tried, got.seconds) == ("a", 3, 4.0)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_keeps_rows_unit_and_all_but_projections_keep_cosines(name):
    x = unit_vectors(np.random.default_rng(0).normal(size=(90, 96)))
    got = changed(Dataset("d", x, np.zeros(90, np.int64)), CHANGES[name][0]).x
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1, atol=1e-5)
    kept = np.allclose(got @ got.T, x @ x.T, atol=1e-5)
    assert kept == (name in ("rotated", "zero-padded to 1,024"))


@pytest.mark.parametrize("peer", [dbscan, hac])
def test_two_clear_groups_are_found_at_some_setting(peer):
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 10)
    x = unit_vectors(np.eye(8)[truth] + 0.05 * rng.normal(size=(20, 8)))
    got = best([measure("d", "m", setting, truth, labels) for setting, labels in peer(x)], 0.0)
    assert got.score == 1.0


@pytest.mark.parametrize(("natural", "level", "ok"), [(0.3, 0.5, [True, True]), (0.29, 0.4, [False, False])])
def test_coarse_sets_are_held_against_median_and_best_of_the_peers(natural, level, ok):
    peers = [row(0.2), row(0.3), row(0.4)]
    got = list(against_peers(Comparison("grocery", row(natural), row(level), peers)))
    assert [one.ok for one in got] == ok


def test_the_fine_set_is_held_against_its_figure():
    (got,) = against_peers(Comparison("omniglot dev", row(0.82), row(0.9), [row(0.1)]))
    assert (got.asked, got.got, got.ok) == (">= 0.830", "0.820", False)


@pytest.mark.parametrize(("got", "ok"), [(0.78, True), (0.82, True), (0.77, False)])
def test_within_counts_both_ways(got, ok):
    assert within("w", got, 0.8, 0.02).ok is ok


def test_missing_data_ends_with_words(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    with pytest.raises(SystemExit, match=r"omniglot\.npz in \.\./shared/data"):
        datasets.load("omniglot dev")
