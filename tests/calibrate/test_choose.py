"""Answers choose the cut: on groups that are told apart easily, and where answers contradict each other."""

from __future__ import annotations

import numpy as np
import pytest

import hilander
from hilander.calibrate.belief import Answered
from hilander.calibrate.choose import Answers, Calibration, answers_from_labels
from hilander.calibrate.cuts import Cut
from hilander.errors import InputError
from hilander.metrics import scores


@pytest.fixture(scope="module")
def clustered(blobs):
    x, labels = blobs
    return hilander.cluster(x), labels


@pytest.fixture(scope="module")
def calibration(clustered):
    return Calibration(clustered[0])


def score(labels, clusters) -> float:
    got = scores(labels, clusters)
    return (got.Fp + got.Fb) / 2


def answered(calibration: Calibration, labels: np.ndarray, count: int) -> Answers:
    """As many questions asked, each answered by the labels before the next."""
    answers = Answers.none()
    for _ in range(count):
        ((a, b),) = calibration.ask(answers)
        same = labels[a] == labels[b]
        answers = Answers(np.append(answers.a, a), np.append(answers.b, b), np.append(answers.same, same))
    return answers


def test_twenty_answers_find_a_cut_as_good_as_the_best(clustered, calibration):
    hierarchy, labels = clustered
    choice = calibration.choose(answered(calibration, labels, 20))
    best = max(score(labels, cut.labels(hierarchy)) for cut in calibration.cuts)
    assert score(labels, choice.cut.labels(hierarchy)) >= best - 0.02
    assert choice.clusters == len(np.unique(choice.cut.labels(hierarchy)))
    assert choice.low <= choice.expected <= choice.high or choice.sure > 0.5


def test_coarse_answers_choose_a_coarser_cut_than_fine_ones(clustered, calibration):
    _, labels = clustered
    fine = calibration.choose(answered(calibration, labels, 20))
    coarse = calibration.choose(answered(calibration, labels // 6, 20))
    assert coarse.clusters < fine.clusters


def test_the_natural_level_stands_until_answers_convince(clustered, calibration):
    hierarchy, labels = clustered
    natural = Cut(level=hierarchy.natural_level)
    assert calibration.choose().cut == natural
    few = calibration.choose(answered(calibration, labels // 6, 1))
    many = calibration.choose(answered(calibration, labels // 6, 20))
    assert few.cut == natural != many.cut


def test_levels_only_chooses_a_level(clustered, calibration):
    answers = answered(calibration, clustered[1], 5)
    assert calibration.choose(answers, levels_only=True).cut.level is not None


def test_the_same_again(clustered, calibration):
    again = Calibration(clustered[0])
    assert again.choose() == calibration.choose()
    assert again.ask(count=5) == calibration.ask(count=5)


def test_no_pair_is_asked_twice(calibration):
    first = calibration.ask(count=10)
    assert len({frozenset(pair) for pair in first}) == 10
    left_out = calibration.ask(count=3, leave_out=first[:1])
    assert first[0] not in left_out


def test_the_order_of_answers_does_not_matter(clustered, calibration):
    one = answered(calibration, clustered[1], 6)
    other = Answers(one.a[::-1], one.b[::-1], one.same[::-1])
    assert calibration.choose(one).expected == pytest.approx(calibration.choose(other).expected)


def test_a_wrong_answer_is_outweighed(clustered, calibration):
    labels = clustered[1]
    right = answered(calibration, labels, 20)
    wrong = Answers(np.append(right.a, 0), np.append(right.b, 1), np.append(right.same, False))
    assert labels[0] == labels[1]
    assert calibration.choose(wrong).cut == calibration.choose(right).cut


def test_contradicting_answers_leave_every_weight_a_number(calibration):
    belief = calibration._belief
    features = belief.sample.features[[0, 0, -1, -1]]
    weights = belief.weights(Answered(features, np.array([True, False, True, False])))
    assert weights.sum() == pytest.approx(1)
    assert np.isfinite(weights).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_very_few_images_have_a_choice_and_few_questions(n):
    hierarchy = hilander.cluster(np.eye(3, 4, dtype=np.float32)[:n] + 0.1)
    calibration = Calibration(hierarchy)
    assert 1 <= calibration.choose().clusters <= n
    assert len(calibration.ask(count=9)) == n * (n - 1) // 2


def test_labelled_images_answer_for_all_their_pairs():
    answers = answers_from_labels(np.array([0, -1, 0, 1]))
    assert list(zip(answers.a.tolist(), answers.b.tolist(), answers.same.tolist(), strict=True)) == [
        (0, 2, True),
        (0, 3, False),
        (2, 3, False),
    ]


def test_some_labels_find_a_cut_as_good_as_the_best(clustered, calibration):
    hierarchy, labels = clustered
    few = np.full(len(labels), -1)
    few[::3] = labels[::3]  # 40 images
    choice = calibration.choose(answers_from_labels(few))
    best = max(score(labels, cut.labels(hierarchy)) for cut in calibration.cuts)
    assert score(labels, choice.cut.labels(hierarchy)) >= best - 0.02


@pytest.mark.parametrize(
    ("codes", "told"), [([0, 0, -1], "two identities or more"), ([0, 1, 2], "two labelled images of one")]
)
def test_labels_that_tell_nothing_are_refused(codes, told):
    with pytest.raises(InputError, match=told):
        answers_from_labels(np.array(codes))


def test_a_cut_in_the_words_of_the_command_line():
    assert Cut(3).words() == "--level 3"
    assert float(Cut(min_link=0.1).words().split()[1]) == 0.1
