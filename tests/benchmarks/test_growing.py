"""What is held back is held back: the parts of a data set that `benchmarks/add.py` adds, and the set it generates."""

from __future__ import annotations

import add
import numpy as np
import pytest

from suite.datasets import Dataset
from suite.growing import part_held_back


@pytest.mark.parametrize("held", ["images", "classes"])
def test_what_is_held_back_comes_last(held):
    data = Dataset("d", np.zeros((100, 2), np.float32), np.repeat(np.arange(20), 5))
    order, old = part_held_back(data, held, 0.2, np.random.default_rng(0))
    assert (sorted(order), old) == (list(range(100)), 80)
    shared = np.isin(data.labels[order[old:]], data.labels[order[:old]])
    assert shared.any() == (held == "images")


def test_the_new_classes_of_the_generated_set_have_no_old_images():
    x, labels, old, unknown = add.generate(5_000)
    assert (len(x), len(labels), old, len(unknown)) == (6_000, 6_000, 5_000, add.NEW)
    np.testing.assert_array_equal(~np.isin(labels[old:], labels[:old]) | ~unknown, True)
    assert 0.2 < unknown.mean() <= 0.5
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)
