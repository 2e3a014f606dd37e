"""The steps between levels lead where the links lead."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hilander.hierarchy.decode import roots
from hilander.hierarchy.forest import Hierarchy
from tests.hierarchy.forests import forests, grown
from tests.ui.conftest import forest


def followed(h: Hierarchy, level: int) -> np.ndarray:
    return roots(np.where(h.merge_level <= level, h.parent, np.arange(h.n)))


def test_the_small_forest_by_hand():
    ladder = forest().ladder
    assert [peaks.tolist() for peaks in ladder.peaks] == [list(range(8)), [1, 4, 5, 7], [1, 4, 7]]
    assert [step.tolist() for step in ladder.up] == [[0, 0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 2]]
    assert [sizes.tolist() for sizes in ladder.sizes] == [[1] * 8, [3, 2, 2, 1], [5, 2, 1]]
    assert ladder.places(6) == [6, 2, 0]


@given(h=forests())
def test_every_level_is_what_following_its_links_gives(h):
    for level in range(h.n_levels + 1):
        peak = followed(h, level)
        assert h.peak_of(level).tolist() == peak.tolist()
        peaks, sizes = np.unique(peak, return_counts=True)
        assert h.ladder.peaks[level].tolist() == peaks.tolist() == h.peaks_at(level).tolist()
        assert h.ladder.sizes[level].tolist() == sizes.tolist()


@given(seed=st.integers(0, 99))
def test_places_of_an_image_are_its_lineage(seed):
    h = grown(30, 4, seed)
    for image in (0, 17, 29):
        places = h.ladder.places(image)
        assert [int(h.ladder.peaks[level][at]) for level, at in enumerate(places)] == h.lineage(
            image
        ).tolist()


def test_what_is_given_out_can_be_written_to():
    h = forest()
    for level in range(3):
        h.peak_of(level)[:] = 0
    assert h.peak_of(0).tolist() == list(range(8))
    assert h.peak_of(2).tolist() == followed(h, 2).tolist()
