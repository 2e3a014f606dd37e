"""How a narrow network is taught: lessons of every level, and a pupil that comes to say what its teacher says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from checkpoint_data import lessons as given
from checkpoint_data import narrow
from checkpoint_data.lessons import Teacher, lessons
from checkpoint_data.narrow import Sitting, pupil_of, taught
from checkpoint_data.repeatable import generator
from hilander.hierarchy.build import LevelSettings, build
from hilander.model.checkpoint import load_checkpoint
from hilander.model.predict import NetworkPredictor

SETTINGS = LevelSettings(k=6, tau=0.35, feature="mean", linking="agreed", coarser=True)


@pytest.fixture(scope="module")
def teacher():
    return load_checkpoint("relational").network.members[0].eval()


@pytest.fixture
def sets(blobs):
    x, _ = blobs
    return [("all", x), ("half", x[::2])]


def apart(pupil, on):
    with torch.inference_mode():
        differ = [
            (narrow._log_odds(pupil, one).sigmoid() - one.log_odds.sigmoid()).abs().mean() for one in on
        ]
    return float(torch.stack(differ).mean())


def test_lessons_are_all_levels_as_the_teacher_judges_them(teacher, sets):
    said, sizes = [], []

    def keep(level):
        if (
            not sizes or sizes[-1] != level.graph.n
        ):  # where nothing merged, the next level is the same once more
            said.append(level.prediction.link_prob)
            sizes.append(level.graph.n)

    for _, x in sets:
        build(x, NetworkPredictor(teacher), SETTINGS, observe=keep)
    found = lessons(iter(sets), teacher, SETTINGS)
    judged = [(size, prob) for size, prob in zip(sizes, said, strict=True) if size >= given.FEWEST]
    assert [len(one) for one in found] == [size for size, _ in judged]
    for one, (_, prob) in zip(found, judged, strict=True):
        np.testing.assert_allclose(one.log_odds.sigmoid(), prob, atol=1e-5)
    assert [one.name for one in found if one.first] == ["all", "half"]


def test_where_the_pupil_merges_its_own_levels_are_judged_by_the_teacher(teacher, sets):
    pupil = pupil_of(teacher, 0)
    alone = Teacher(pupil)
    build(sets[0][1], alone, SETTINGS)
    found = lessons(iter(sets[:1]), teacher, SETTINGS, merges=pupil)
    assert [len(one) for one in found] == [len(one) for one in alone.kept[1:]]
    assert not any(one.first for one in found)
    for one, own in zip(found, alone.kept[1:], strict=True):
        assert (one.neighbors == own.neighbors).all()
        assert not np.allclose(one.log_odds, own.log_odds)
        with torch.inference_mode():
            says = narrow._log_odds(teacher, one)
        np.testing.assert_allclose(says.sigmoid(), one.log_odds.sigmoid(), atol=2e-3)  # edges are halves


def test_a_pupil_comes_to_say_what_its_teacher_says_and_does_so_again(teacher, sets, monkeypatch):
    monkeypatch.setattr(narrow, "STEP", 100)
    on, before = lessons(iter(sets), teacher, SETTINGS), teacher.head[-1].weight.clone()
    sitting, told = Sitting(epochs=12, rate=4e-3, rising=5, firsts=1.0, counts=0.5), []
    pupils = [taught(pupil_of(teacher, 0), on, sitting, 0, told.append) for _ in range(2)]
    assert apart(pupils[0], on) < 0.5 * apart(pupil_of(teacher, 0), on)
    for one, other in zip(*(pupil.state_dict().values() for pupil in pupils), strict=True):
        assert (one == other).all()
    assert (teacher.head[-1].weight == before).all()
    assert told[0].startswith("epoch 1/12: P differ by 0.")
    assert len(told) == 24


def test_some_first_levels_are_left_out_of_an_epoch(teacher, sets):
    on = lessons(iter(sets), teacher, SETTINGS)
    without = Sitting(epochs=1, rate=1e-3, rising=1, firsts=0.0, counts=0.5)
    (steps,) = [narrow._steps(on, without, np.random.default_rng(0))]
    assert sum(map(len, steps)) == len(on) - 2


def test_mixtures_are_the_same_again_and_of_the_size_that_is_said():
    name, x = given._mixture(3, generator(0, "mixture 3"))
    assert name == "mixture 3"
    assert (x == given._mixture(3, generator(0, "mixture 3"))[1]).all()
    assert given.IMAGES[0] / 2 < len(x) < given.IMAGES[1] * 2
    assert x.shape[1] in given.DIMS
