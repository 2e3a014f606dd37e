"""Verdicts on profiles by hand, what a checkpoint keeps of its home, and how that is told."""

import json

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.io.checksums import FILE
from hilander.model.checkpoint import load_checkpoint, save_checkpoint
from hilander.model.checkpoint_info import HEAD
from hilander.model.shift import FAR, LEAST, UNLIKE, Shift, compare
from hilander.views.shift import beside, told
from tests import bad_files as bad
from tests.model.profiles import even, profile

HOME = (profile(), profile(similarity=even(0.2, 0.4), density=even(0.1, 0.3)))


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [(0.0, "home"), (UNLIKE - 0.01, "home"), (UNLIKE + 0.01, "unlike"), (FAR + 0.01, "far")],
)
def test_the_farther_the_louder(moved, verdict):
    got = compare(profile(density=even(0.4 - moved, 0.8 - moved)), HOME[:1])
    assert (got.verdict, got.shape if moved else "") == (verdict, "density" if moved else "")
    assert got.distance == pytest.approx(moved)


def test_the_nearest_training_set_counts():
    got = compare(profile(similarity=even(0.2, 0.4), density=even(0.15, 0.35)), HOME)
    assert (got.verdict, got.nearest, got.sets) == ("home", HOME[1], 2)
    assert got.distance == pytest.approx(0.05)
    assert got.distance_pooled > UNLIKE
    assert compare(got.data, HOME[::-1]).distance == got.distance


def test_similar_on_one_side_only_is_not_near():
    """Similarity as in the second set, density as in the first: like neither."""
    assert compare(profile(similarity=even(0.2, 0.4)), HOME).verdict != "home"


def test_graphs_of_another_k_are_compared_by_their_best_neighbours():
    got = compare(profile(neighbors=4, similarity=even(0, 0.1), density=even(0, 0.1)), HOME)
    assert (got.verdict, got.shape) == ("home", "best")


def test_too_few_images_tell_nothing():
    assert compare(profile(n=LEAST - 1, density=even(-1, 0)), HOME).verdict == "few"
    assert compare(None, HOME).verdict == "few"
    assert compare(profile(n=LEAST, density=even(-1, 0)), HOME).verdict == "far"


def test_a_checkpoint_without_a_home_says_so_and_nothing_else():
    got = compare(profile(), ())
    assert got == Shift("untold")
    assert got.to_dict() == {"verdict": "untold"}
    assert told(got) is beside(got) is None


@pytest.mark.parametrize("home", [HOME, ()])
def test_json_and_back(home):
    shift = compare(profile(density=even(0, 0.3)), home)
    back = Shift.from_dict(json.loads(json.dumps(shift.to_dict())))
    assert back.to_dict() == shift.to_dict()
    assert told(back) == told(shift)


@pytest.mark.parametrize(
    "values", [None, {}, {"verdict": "lost"}, {"verdict": "far", "data": {}, "nearest": {}}]
)
def test_something_else_is_no_shift(values):
    with pytest.raises(ValueError, match=r"shift|profile|verdict"):
        Shift.from_dict(values)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"similarity": even(0.2, 0.5)},
            "neighbours here are less alike than in training: median similarity 0.35 against 0.75",
        ),
        (
            {"similarity": even(0.9, 1.0)},
            "neighbours here are more alike than in training: median similarity 0.95 against 0.75",
        ),
        (
            {"density": even(-0.4, 0.2)},
            "the network is less sure here than in training that neighbours belong together: "
            "median density -0.10 against 0.60",
        ),
        (
            {"density": even(0.8, 1.0)},
            "the network is surer here than in training that neighbours belong together: "
            "median density 0.90 against 0.60",
        ),
        (
            {"density": even(0.1, 1.1)},
            "the density has a wider spread than in training: 0.20 to 1.00 against 0.44 to 0.76 for eight in ten",
        ),
        (
            {"neighbors": 4, "best": even(0.2, 0.4)},
            "nearest neighbours here are less alike than in training: median similarity 0.30 against 0.80",
        ),
        ({}, ""),
    ],
)
def test_which_way_it_differs(changed, words):
    assert told(compare(profile(**changed), HOME[:1])).how == words


def test_both_ways_are_told_the_farther_first():
    how = told(compare(profile(similarity=even(0.4, 0.7), density=even(-0.5, 0)), HOME[:1])).how
    assert [part.split()[0] for part in how.split("; ")] == ["the", "neighbours"]
    assert "median density -0.25" in how.split("; ")[0]


def test_the_two_curves_by_hand():
    """Even from 0.4 to 0.8 against even from 0 to 0.4: two boxes side by side, equally high."""
    drawn = beside(compare(profile(density=even(0, 0.4)), HOME[:1]))
    training, data = np.array(drawn.training), np.array(drawn.data)
    assert drawn.name == "density"
    assert data[:12] == pytest.approx(1)
    assert training[12:] == pytest.approx(1)
    assert data[12:] == pytest.approx(0, abs=1e-4)
    assert training[:12] == pytest.approx(0, abs=1e-4)


def test_curves_of_values_that_are_all_equal():
    drawn = beside(compare(profile(density=even(0.5, 0.5), similarity=even(1, 1)), HOME[:1]))
    assert np.isfinite(drawn.training + drawn.data).all()


def test_the_shipped_checkpoint_knows_its_home_and_keeps_it(tmp_path):
    shipped = load_checkpoint("relational")
    assert shipped.home
    save_checkpoint(shipped, tmp_path / "copy")
    assert load_checkpoint(tmp_path / "copy").home == shipped.home


def test_a_checkpoint_from_before_homes_is_read_and_has_none(tmp_path):
    save_checkpoint(load_checkpoint("relational"), tmp_path / "old")
    (tmp_path / "old" / FILE).unlink()
    head = json.loads((tmp_path / "old" / HEAD).read_text())
    del head["home"]
    (tmp_path / "old" / HEAD).write_text(json.dumps(head))
    assert load_checkpoint(tmp_path / "old").home == ()


def test_a_published_state_dict_has_none(tmp_path):
    bad.state_dict(8)(tmp_path / "released.pth")
    assert load_checkpoint(tmp_path / "released.pth").home == ()


def test_a_damaged_home_is_a_damaged_checkpoint(tmp_path):
    save_checkpoint(load_checkpoint("relational"), tmp_path / "bad")
    (tmp_path / "bad" / FILE).unlink()
    head = json.loads((tmp_path / "bad" / HEAD).read_text())
    head["home"]["sets"][0]["density"] = [2, 1]
    (tmp_path / "bad" / HEAD).write_text(json.dumps(head))
    with pytest.raises(InputError, match=r"bad is damaged: a profile must hold"):
        load_checkpoint(tmp_path / "bad")
