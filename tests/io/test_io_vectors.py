"""Unit vectors: right for every dtype and scale, and rows that cannot be normalised are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hilander.errors import InputError
from hilander.io import vectors
from hilander.io.vectors import forget, unit_vectors

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)
WHOLE = hnp.arrays(np.int64, SHAPES, elements=st.integers(-100, 100)).filter(
    lambda x: bool((x != 0).any(axis=1).all())
)


@given(WHOLE)
def test_norms_are_one_and_directions_kept(x):
    unit = unit_vectors(x)
    assert unit.dtype == np.float32
    assert unit.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(unit.astype(np.float64), axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(unit * np.linalg.norm(x, axis=1, keepdims=True), x, atol=1e-4)


@given(WHOLE, st.sampled_from(["float16", "float32", "float64", "int8", "int32", ">f4", "longdouble"]))
def test_the_dtype_does_not_matter(x, dtype):
    np.testing.assert_array_equal(unit_vectors(x.astype(dtype)), unit_vectors(x))


@given(WHOLE, st.floats(1e-300, 1e300))
def test_the_scale_does_not_matter(x, scale):
    np.testing.assert_allclose(unit_vectors(x * scale), unit_vectors(x), atol=2e-7)


@given(WHOLE, st.integers(1, 9))
def test_the_block_size_does_not_matter(x, values):
    whole = unit_vectors(x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "BLOCK_VALUES", values)
        np.testing.assert_array_equal(unit_vectors(x), whole)


def test_unit_rows_come_back_as_they_were():
    x = np.random.default_rng(0).normal(size=(200, 64))
    unit = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    np.testing.assert_allclose(unit_vectors(unit), unit, atol=1e-7)


@pytest.mark.parametrize(
    "x", [np.full((2, 4), 60000, np.float16), np.full((2, 4), 1e308), np.full((2, 4), 5e-324)]
)
def test_extremes_do_not_overflow(x):
    np.testing.assert_allclose(unit_vectors(x), 0.5, atol=1e-7)


def test_a_memory_map_and_a_column_order_array(tmp_path):
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float16)
    np.save(tmp_path / "x.npy", x)
    expected = unit_vectors(x)
    np.testing.assert_array_equal(unit_vectors(np.load(tmp_path / "x.npy", mmap_mode="r")), expected)
    np.testing.assert_array_equal(unit_vectors(np.asfortranarray(x)), expected)


def test_one_row_one_column():
    assert unit_vectors(np.array([[-3]])).tolist() == [[-1.0]]


def with_rows(value: float, rows: list[int]) -> np.ndarray:
    x = np.ones((20, 3))
    x[rows, 1] = value
    if value == 0:
        x[rows] = 0
    return x


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (with_rows(np.nan, [4]), r"faces has 1 row with NaN or infinite values \(counted from 0: 4\)"),
        (with_rows(-np.inf, [1, 3]), r"2 rows with NaN or infinite values \(counted from 0: 1, 3\)"),
        (with_rows(np.nan, list(range(9))), r"9 rows with NaN.*: 0, 1, 2, 3, 4, \.\.\.\)"),
        (with_rows(0, [0, 19]), r"2 rows with nothing but zeros \(counted from 0: 0, 19\)"),
        (np.zeros(3), r"faces must be a 2-d array.*got shape \(3,\)"),
        (np.zeros((1, 2, 3)), "2-d"),
        (np.zeros((0, 3)), "at least one row"),
        (np.zeros((3, 0)), "at least one row"),
        (np.array([["a"]]), "must hold real numbers"),
        (np.array([[1, None]]), "must hold real numbers"),
        (np.array([[1j]]), "must hold real numbers"),
        ([[1.0, 2.0]], "got a list"),
    ],
)
def test_what_cannot_be_normalised_is_named(x, message):
    with pytest.raises(InputError, match=message):
        unit_vectors(x, name="faces")


def test_bad_rows_are_counted_over_all_blocks(monkeypatch):
    monkeypatch.setattr(vectors, "BLOCK_VALUES", 6)
    with pytest.raises(InputError, match=r"3 rows with NaN.*: 2, 9, 17\)"):
        unit_vectors(with_rows(np.nan, [2, 9, 17]))


def mapped_mb() -> float:
    """What this process has of the files that it maps."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssFile", "RssShmem"))) / 1000


def test_a_map_that_was_read_is_forgotten_and_can_be_read_again(tmp_path):
    np.lib.format.open_memmap(tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(4000, 4000)).flush()
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    before = mapped_mb()
    assert x.sum() == 0
    assert mapped_mb() - before > 60
    forget(x[2000:])
    assert mapped_mb() - before < 4
    assert x.sum() == 0


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_what_was_written_into_a_map_is_not_forgotten(tmp_path, mode):
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    x = np.load(tmp_path / "x.npy", mmap_mode=mode)
    x[1, 1] = 5
    forget(x)
    forget(np.ones(3))
    assert x[1, 1] == 5
