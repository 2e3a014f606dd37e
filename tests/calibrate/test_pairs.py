"""Candidate cuts, the sample of pairs and what is expected of each cut, on forests small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.calibrate import pairs
from hilander.calibrate.cuts import Cut, candidate_cuts, companions
from hilander.calibrate.expected import expected_scores
from hilander.calibrate.pairs import Chains, sample_pairs
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.metrics import scores

# Eight images. Level 1: {0 1 2}, {3 4}, {5 6}, {7}; level 2: {0 1 2 5 6}, {3 4}, {7}; level 3: all but 7.
FOREST = Hierarchy(
    parent=np.array([1, 1, 1, 4, 1, 1, 5, 7]),
    merge_level=np.array([1, 4, 1, 1, 3, 2, 1, 4], np.int16),
    link_prob=np.array([0.9, 0, 0.8, 0.7, 0.1, 0.6, 0.95, 0], np.float32),
    link_sim=np.zeros(8, np.float32),
    density=np.zeros(15, np.float32),
    levels=(LevelStats(8, 16, 4), LevelStats(4, 8, 1), LevelStats(3, 6, 1)),
    natural_level=2,
)
TRUTH = np.array([0, 0, 0, 1, 1, 0, 2, 2])


@pytest.fixture
def every_pair(monkeypatch):
    """A sample that holds every pair, seen from either image."""
    monkeypatch.setattr(pairs, "PARTNERS", 8)
    return sample_pairs(Chains.of(FOREST), np.random.default_rng(0))


def test_candidates_are_all_levels_then_links_ever_looser():
    cuts = candidate_cuts(FOREST)
    assert cuts[:4] == [Cut(level) for level in range(4)]
    thresholds = [cut.min_link for cut in cuts[4:]]
    assert thresholds == sorted(thresholds, reverse=True)
    assert set(np.float32(thresholds)) <= set(FOREST.link_prob[FOREST.link_prob > 0])
    reach = [np.log1p(companions(cut.labels(FOREST))) for cut in cuts[4:]]
    assert (np.diff(reach) >= 0.25).all()


def test_companions_are_counted_per_image():
    assert companions(np.array([0, 0, 0, 1])) == 3 * 2 / 4


def test_a_forest_without_links_has_one_candidate():
    alone = Hierarchy(
        np.arange(2),
        np.ones(2, np.int16),
        np.zeros(2, np.float32),
        np.zeros(2, np.float32),
        np.zeros(0),
        (),
        0,
    )
    assert candidate_cuts(alone) == [Cut(0)]
    sample = sample_pairs(Chains.of(alone), np.random.default_rng(0))
    assert sorted(zip(sample.a, sample.b, strict=True)) == [(0, 1), (1, 0)]


def test_one_image_has_no_pairs():
    one = Hierarchy(
        np.zeros(1, np.int64),
        np.ones(1, np.int16),
        np.zeros(1, np.float32),
        np.zeros(1, np.float32),
        np.zeros(0),
        (),
        0,
    )
    assert len(sample_pairs(Chains.of(one), np.random.default_rng(0))) == 0


def test_the_whole_sample_is_every_pair_once(every_pair):
    seen = sorted(zip(every_pair.a.tolist(), every_pair.b.tolist(), strict=True))
    assert seen == [(a, b) for a in range(8) for b in range(8) if a != b]
    assert (every_pair.weight == 1).all()


def test_a_smaller_sample_stands_for_all_partners_of_each_image():
    sample = sample_pairs(Chains.of(FOREST), np.random.default_rng(1))
    assert np.bincount(sample.drawn, sample.weight).tolist() == [7] * 8
    assert (sample.a != sample.b).all()


def test_expected_scores_of_the_truth_are_the_scores(every_pair):
    same = (TRUTH[every_pair.a] == TRUTH[every_pair.b]).astype(np.float32)
    got = expected_scores(every_pair, same[None])[0]
    for cut, score in zip(every_pair.cuts, got, strict=True):
        true = scores(TRUTH, cut.labels(FOREST))
        assert score == pytest.approx((true.Fp + true.Fb) / 2, abs=1e-5), cut


def test_a_pair_reaches_as_far_as_the_cut_that_first_joins_it():
    chains = Chains.of(FOREST)
    one, by_level, by_link, common, past = chains.features(np.array([0, 0, 0, 0]), np.array([1, 6, 4, 7])).T
    level = [companions(FOREST.labels_at(at)) for at in range(4)]
    # 0 and 1 meet at level 1, 0 and 6 at 2, 0 and 4 at 3, 0 and 7 never
    steps = [(0, level[1]), (level[1], level[2]), (level[2], level[3]), (level[3], 7)]
    assert by_level + 3 == pytest.approx([np.log1p((low + high) / 2) for low, high in steps])
    assert np.exp(common + 3) == pytest.approx([3, 5, 7, 8])
    assert (np.diff(by_link) >= 0).all()
    assert (one == 1).all()
    # up to the natural level or not
    natural = FOREST.natural_level
    assert past.tolist() == [float(at > natural) for at in (1, 2, 3, 4)]


def test_features_do_not_depend_on_the_order_of_the_two():
    chains = Chains.of(FOREST)
    a, b = np.array([0, 3, 6]), np.array([5, 7, 2])
    assert np.array_equal(chains.features(a, b), chains.features(b, a))
