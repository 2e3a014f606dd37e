"""The recommended level: which evidence counts, and the words for it."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.metrics import Scores
from hilander.views.levels import LevelRow
from hilander.views.recommend import Answered, labelled, nearest_level, recommend


def row(level: int, clusters: int, fb: float | None = None, *, natural: bool = False) -> LevelRow:
    scores = None if fb is None else Scores(fb, fb, fb)
    return LevelRow(level, natural, clusters, 0, 9, 1.0, 1, 0.5, scores=scores)


PLAIN = [row(0, 100), row(1, 50), row(2, 20, natural=True), row(3, 10)]
SCORED = [row(0, 100, 0.1), row(1, 50, 0.8), row(2, 20, 0.7, natural=True), row(3, 10, 0.8)]
SOME = labelled(np.array([0, 0, 1, -1, -1]))


def test_without_anything_else_the_networks_own_level():
    found = recommend(PLAIN)
    assert (found.level, found.by) == (2, "network")
    assert found.reason == "the network found no more links worth making."


def test_a_run_that_ended_as_asked_claims_nothing_for_the_network():
    found = recommend(PLAIN, stopped="stopped after 2 levels, as asked")
    assert (found.level, found.by) == (2, "end")
    assert "the run stopped after 2 levels, as asked" in found.reason


def test_labels_beat_the_network_and_equal_scores_stay_near_to_it():
    found = recommend(SCORED, labels=SOME)
    assert (found.level, found.by) == (1, "labels")  # levels 1 and 3 are as good and as near: the finer
    assert found.reason == "best Fb (0.80) on the 3 labelled images."


def test_all_labelled_is_told_otherwise():
    assert recommend(SCORED, labels=labelled(np.array([0, 0, 1]))).reason == "best Fb (0.80) on all 3 labels."


@pytest.mark.parametrize("codes", [[0, 0, -1], [0, 1, 2], [-1, -1, -1]])
def test_labels_of_one_identity_or_one_image_each_say_nothing(codes):
    assert recommend(SCORED, labels=labelled(np.array(codes))).by == "network"


def test_answers_beat_labels():
    found = recommend(SCORED, labels=SOME, answered=Answered(20, 3))
    assert (found.level, found.by, found.reason) == (3, "answers", "your 20 answers speak for it.")


def test_a_single_answer_that_convinces_counts():
    assert recommend(PLAIN, answered=Answered(1, 1)).reason == "your 1 answer speaks for it."


@pytest.mark.parametrize(("answers", "by"), [(3, "labels"), (20, "answers")])
def test_answers_that_leave_the_level_as_it_is_count_when_there_are_enough(answers, by):
    assert recommend(SCORED, labels=SOME, answered=Answered(answers, 2)).by == by


def test_a_run_without_links():
    found = recommend([row(0, 5, natural=True)])
    assert (found.level, found.by) == (0, "end")


# Nearest as a ratio: 32 lies between 50 and 20 (50/32 = 1.56, 32/20 = 1.6).
@pytest.mark.parametrize(
    ("wanted", "level"), [(300, 0), (100, 0), (60, 1), (32, 1), (31, 2), (20, 2), (1, 3), (0, 3)]
)
def test_the_level_of_about_so_many_clusters(wanted, level):
    assert nearest_level(PLAIN, wanted) == level


def test_half_of_the_images_labelled_is_said():
    assert SOME.words == "3 of 5 images labelled"
    assert labelled(np.array([0, 1])).words == "all 2 images labelled"
