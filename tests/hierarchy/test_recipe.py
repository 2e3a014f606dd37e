"""A recipe makes the same cut of the same run again, and no other."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import LARGEST, Recipe, forest_mark
from tests.ui.conftest import forest

CUT = Cut(2, changes=((1, 1), (6, 0)))


def file(**other: object) -> bytes:
    """The file of a recipe with some of its entries replaced; None takes one out."""
    found = json.loads(Recipe.of(forest(), CUT, name="Good", run="run1").to_bytes()) | other
    return json.dumps({name: value for name, value in found.items() if value is not None}).encode()


@pytest.mark.parametrize("cut", [CUT, Cut(0), Cut(1, min_link=0.75)])
def test_it_comes_back_as_it_was(cut):
    recipe = Recipe.of(forest(), cut, name='Ünï "<b>"', run="run1")
    again = Recipe.from_bytes(recipe.to_bytes())
    assert again == recipe
    assert again.cut_of(forest()) == cut


def test_a_copy_of_the_run_is_the_same_run(tmp_path):
    forest().save(tmp_path / "elsewhere")
    copied = type(forest()).load(tmp_path / "elsewhere")
    assert Recipe.of(forest(), CUT, name="Good").cut_of(copied) == CUT


@pytest.mark.parametrize(
    "other",
    [
        replace(forest(), parent=np.array([1, 1, 1, 4, 4, 4, 5, 7])),
        replace(forest(), merge_level=np.array([1, 3, 1, 1, 3, 2, 2, 3], np.int16)),
        replace(forest(), link_prob=np.full(8, 0.5, np.float32)),
    ],
)
def test_another_run_of_as_many_images_is_told_apart(other):
    assert forest_mark(other) != forest_mark(forest())
    with pytest.raises(
        InputError, match=r"'Good' was made for run 'run1' of 8 images, and this is another run"
    ):
        Recipe.of(forest(), CUT, name="Good", run="run1").cut_of(other)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "got something else"),
        (b"\xff\xfe\x00", "got something else"),
        (b"[" * 100_000, "got something else"),
        (b"[1]", 'got no "hilander_recipe": 1'),
        (file(hilander_recipe=2), 'got no "hilander_recipe": 1'),
        (file(name=None), "without a name"),
        (file(name=" "), "1 to 80 characters; got 0"),
        (file(name="a\nb"), "cannot be seen"),
        (file(n=None), "does not say which run"),
        (file(forest=7), "does not say which run"),
        (file(cut=None), "a recipe has"),
        (file(cut=[1]), "a recipe has"),
        (file(cut={"level": 1, "changes": [[1, 2, 3]]}), "a recipe has"),
        (file(cut={"level": 1, "min_link": "high"}), "min_link must be a number"),
        (file(cut={"level": 1, "changes": [[1, 1]] * 301}), "at most 300 changes"),
        (b" " * (LARGEST + 1), "got 1,000,001 bytes"),
    ],
)
def test_a_file_that_is_no_recipe_is_told_in_words(data, told):
    with pytest.raises(InputError, match=told):
        Recipe.from_bytes(data, "x.json")


def test_levels_and_images_that_the_run_has_not_are_refused():
    with pytest.raises(InputError, match="from 0 to 2; got 9"):
        Recipe.from_bytes(file(cut={"level": 9})).cut_of(forest())
    with pytest.raises(InputError, match="row from 0 to 7; got -1"):
        Recipe.from_bytes(file(cut={"level": 1, "changes": [[-1, 1]]})).cut_of(forest())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        Recipe.read(tmp_path / "none.json")
