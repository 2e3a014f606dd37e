"""Rows and images find each other by id, or by order when the counts agree; never by a guess."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import EmbeddingSet
from hilander.io.match import Match, match_images


def rows(n, ids=None):
    return EmbeddingSet(
        np.arange(2 * n, dtype=np.float32).reshape(n, 2), None if ids is None else np.array(ids), "e"
    )


def test_without_ids_rows_take_the_images_in_sorted_order():
    found = match_images(rows(3), ["c.png", "a.png", "b.png"])
    assert found.rows.tolist() == [0, 1, 2]
    assert found.names == ["a.png", "b.png", "c.png"]
    assert found.complete
    assert found.note == "Rows matched to images by file name order: row 0 is a.png, row 2 is c.png."


@pytest.mark.parametrize("count", [2, 4])
def test_different_counts_match_nothing_by_order(count):
    found = match_images(rows(3), [f"{i}.png" for i in range(count)])
    assert found.rows.tolist() == []
    assert found.names == []
    assert found.rows_without_image.tolist() == [0, 1, 2]
    assert len(found.images_without_row) == count
    assert not found.complete
    assert found.note.startswith(f"e has 3 rows but there are {count} images.")
    assert "give an id column" in found.note


@pytest.mark.parametrize(
    ("names", "way"),
    [(["b", "a"], "name"), (["y/b", "x/a"], "without folders"), (["y/b.jpg", "x/a.png"], "without suffix")],
)
def test_ids_fit_names_with_or_without_folder_and_suffix(names, way):
    found = match_images(rows(2, ["a", "b"]), names)
    assert found.names == [next(name for name in names if letter in name) for letter in "ab"]
    assert found.complete
    assert way in found.note


def test_what_is_left_over_is_told():
    found = match_images(rows(3, ["a.png", "b.png", "c.png"]), ["x.png", "b.png", "d.png"])
    assert found.rows.tolist() == [1]
    assert found.names == ["b.png"]
    assert found.rows_without_image.tolist() == [0, 2]
    assert found.images_without_row == ["d.png", "x.png"]
    assert (
        found.note
        == "1 of 3 rows matched to images by id (name); rows without an image: 2, images without a row: 2."
    )


def test_ids_that_fit_no_image_say_how_both_begin():
    found = match_images(rows(2, ["a", "b"]), ["1.png", "2.png"])
    assert len(found.rows) == 0
    assert "the first id is 'a', the first image '1.png'" in found.note
    assert "there are no images" in match_images(rows(1, ["a"]), []).note


def test_an_id_that_fits_two_images_fits_none():
    found = match_images(rows(2, ["1", "2"]), ["x/1.png", "y/1.png", "2.png"])
    assert found.names == ["2.png"]
    assert found.images_without_row == ["x/1.png", "y/1.png"]


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=30))
def test_duplicates_are_counted_as_a_set_would(points):
    x = np.array(points, dtype=np.float64)
    assert count_duplicates(x) == len(points) - len(set(points))


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64", "bool"])
def test_duplicates_of_every_type(dtype):
    x = np.array([[0, 1], [1, 0], [0, 1], [1, 1], [0, 1]]).astype(dtype)
    assert count_duplicates(x) == 2
    assert count_duplicates(np.array([[0.0, 1.0], [-0.0, 1.0]])) == 1


def test_rows_and_names_must_be_parallel():
    with pytest.raises(ValueError, match="parallel; got 1 and 0"):
        Match(np.array([0]), [], np.array([]), [], 0, "")
