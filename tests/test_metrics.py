"""Scores against scikit-learn and against counting pairs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

from hilander.metrics import bcubed_f, nmi, pairwise_f, scores


def test_by_hand():
    truth, clusters = [0, 0, 0, 1], [5, 5, 7, 7]
    assert (pairwise_f(truth, clusters).precision, pairwise_f(truth, clusters).recall) == (0.5, 1 / 3)
    got = bcubed_f(truth, clusters)
    assert got.precision == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert got.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)


def test_unknown_identities_are_left_out():
    assert scores([0, 0, -1, 1], [3, 3, 3, 4]) == scores([0, 0, 1], [0, 0, 1])


def test_without_a_known_identity_there_is_no_score():
    with pytest.raises(ValueError, match="no identity is known"):
        scores([-1, -1], [0, 0])


@pytest.mark.parametrize(("truth", "clusters"), [([0, 0, 0], [1, 1, 1]), ([0, 1, 2], [2, 0, 1])])
def test_perfect(truth, clusters):
    got = scores(truth, clusters)
    assert (got.Fp, got.Fb, got.NMI) == (1, 1, 1)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="must be"):
        nmi([0, 1], [0])


labels = st.integers(2, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 6), min_size=n, max_size=n) for _ in range(2)])
)


@given(labels)
@settings(max_examples=100, deadline=None)
def test_against_oracles(pair):
    truth, clusters = map(np.array, pair)
    assert nmi(truth, clusters) == pytest.approx(normalized_mutual_info_score(truth, clusters), abs=1e-9)
    (_, fp), (fn, tp) = pair_confusion_matrix(truth, clusters)
    got = pairwise_f(truth, clusters)
    assert got.precision == pytest.approx(tp / (tp + fp) if tp + fp else 1)
    assert got.recall == pytest.approx(tp / (tp + fn) if tp + fn else 1)
    precision = np.mean([np.mean(truth[clusters == c] == t) for t, c in zip(truth, clusters, strict=True)])
    recall = np.mean([np.mean(clusters[truth == t] == c) for t, c in zip(truth, clusters, strict=True)])
    assert bcubed_f(truth, clusters).precision == pytest.approx(precision)
    assert bcubed_f(truth, clusters).recall == pytest.approx(recall)
    pairs = [(a, b) for a, b in itertools.combinations(range(len(truth)), 2) if truth[a] == truth[b]]
    together = sum(clusters[a] == clusters[b] for a, b in pairs)
    assert got.recall == pytest.approx(together / len(pairs) if pairs else 1)
