"""Nearest images by embedding, and the vectors that people bring."""

from __future__ import annotations

import io

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.hierarchy.image_graph import ImageGraph
from hilander.services import search
from hilander.services.search import near_image, near_vectors, vectors_of_file, vectors_of_text

ANGLES = np.array([0, 90, 10, 40, 180, 10])  # images on a circle; 2 and 5 are the same
X = np.stack([np.cos(np.radians(ANGLES)), np.sin(np.radians(ANGLES))], axis=1).astype(np.float32)


def npy(array: np.ndarray, **words: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **words)
    return file.getvalue()


@pytest.mark.parametrize("block", [1, 2, 100])
def test_nearest_to_vectors(monkeypatch, block):
    monkeypatch.setattr(search, "BLOCK_ROWS", block)
    first, second = near_vectors(X, X[[0, 4]], 4)
    assert first.rows.tolist() == [0, 2, 5, 3]
    assert first.similarity.tolist() == pytest.approx(np.cos(np.radians([0, 10, 10, 40])))
    assert second.rows.tolist() == [4, 1, 3, 2]


def test_more_than_there_are():
    assert len(near_vectors(X, X[:1], 50)[0].rows) == 6


def test_near_an_image_without_a_graph():
    assert near_image(X, 2, 3).rows.tolist() == [5, 0, 3]
    assert near_image(X[:1], 0, 3).rows.tolist() == []


def test_near_an_image_by_the_graph_of_the_run():
    graph = ImageGraph(np.array([[2, 3], [3, 2]], np.int32), np.array([[0.9, 0.8], [0.7, 0.6]], np.float32))
    found = near_image(X, 1, 5, graph)
    assert found.rows.tolist() == [3, 2]
    assert found.similarity.tolist() == pytest.approx([0.7, 0.6])
    assert near_image(X, 1, 1, graph).rows.tolist() == [3]


def test_copies_share_a_row_of_the_graph_and_come_first():
    graph = ImageGraph(
        np.array([[2], [0]], np.int32), np.array([[0.5], [0.5]], np.float32), np.array([0, 0, 1], np.int32)
    )
    found = near_image(X, 1, 5, graph)
    assert (found.rows.tolist(), found.similarity.tolist()) == ([0, 2], [1.0, 0.5])


@pytest.mark.parametrize(
    "array", [np.array([3, 4]), np.array([[3.0, 4.0]], np.float16), np.asfortranarray([[3, 4], [6.0, 8.0]])]
)
def test_files_of_one_vector_or_a_few(array):
    found = vectors_of_file(npy(array), 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.6, 0.8]] * len(np.atleast_2d(array)), rtol=1e-6)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "reading it failed"),
        (b"PK\x03\x04 not an array", "reading it failed"),
        (npy(np.ones(4))[:-3], "which its size does not fit"),
        (npy(np.array([{}]), allow_pickle=True), "Python objects"),
        (npy(np.ones(3)), "embeddings of 2 numbers; the file's shape is (1, 3)"),
        (npy(np.ones((2, 2, 2))), "the file's shape is (2, 2, 2)"),
        (npy(np.float64(1)), "the file's shape is ()"),
        (npy(np.zeros(2)), "nothing but zeros"),
        (npy(np.array([1, np.nan])), "NaN"),
        (npy(np.array(["a", "b"])), "real numbers"),
        (npy(np.ones((9, 2))), "at most 8 vectors; got 9"),
        (npy(np.ones((0, 2))), "at least one row"),
        (bytes(9 << 20), "at most 8 vectors; got 9,437,184 bytes"),
    ],
)
def test_files_that_are_none(data, told):
    with pytest.raises(InputError) as caught:
        vectors_of_file(data, 2)
    assert told in str(caught.value)


def test_a_header_that_promises_too_much_is_not_believed():
    data = npy(np.ones(2)).replace(b"(2,)", b"(2000000000000,)").replace(b" " * 12, b"", 1)
    with pytest.raises(InputError):
        vectors_of_file(data, 2)


@pytest.mark.parametrize("text", ["3 4", "[3, 4]", "3.0;4e0", "\n3\n4\n", "[[3, 4],\n [6, 8]]"])
def test_pasted_numbers(text):
    np.testing.assert_allclose(vectors_of_text(text, 2)[0], [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "embeddings of 2 numbers; got 0"),
        ("1 2 3", "embeddings of 2 numbers; got 3"),
        ("1 <b>x</b>", "got '<b>x</b>'"),
        ("0 0", "nothing but zeros"),
        ("nan 1", "NaN"),
        ("1 inf", "infinite"),
        ("1 " * 18, "at most 8 vectors; got 9"),
    ],
)
def test_text_that_is_no_vector(text, told):
    with pytest.raises(InputError) as caught:
        vectors_of_text(text, 2)
    assert told in str(caught.value)
