"""A cut as a gallery. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.views.gallery import gallery_of, n_pages, page_bounds
from tests.ui.conftest import forest


def test_clusters_come_largest_first_and_their_peak_first_among_members():
    gallery = gallery_of(forest().peak_of(1))
    assert gallery.peaks.tolist() == [1, 4, 5, 7]
    assert gallery.sizes.tolist() == [3, 2, 2, 1]
    assert [gallery.rows(place).tolist() for place in range(4)] == [[1, 0, 2], [4, 3], [5, 6], [7]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_image_is_in_exactly_one_cluster(level):
    gallery = gallery_of(forest().peak_of(level))
    assert np.sort(gallery.members).tolist() == list(range(8))
    assert [gallery.place_of(int(peak)) for peak in gallery.peaks] == list(range(gallery.n_clusters))


def test_more_clusters_than_sixteen_bits_count():
    """70,000 images: the first 69,000 by themselves, the rest with the last of all."""
    peak = np.arange(70_000)
    peak[69_000:] = 69_999
    gallery = gallery_of(peak)
    assert gallery.sizes.tolist() == [1_000] + [1] * 69_000
    assert gallery.rows(0).tolist() == [69_999, *range(69_000, 69_999)]
    assert [gallery.rows(place).tolist() for place in (1, 68_999, 69_000)] == [[0], [68_998], [68_999]]
    assert gallery.peak_of(68_999) == 68_999


def test_an_image_that_is_no_peak_has_no_place():
    with pytest.raises(ValueError, match="image 5 is no peak here"):
        gallery_of(forest().peak_of(2)).place_of(5)


def test_a_card_counts_what_its_strip_leaves_out():
    card = gallery_of(forest().peak_of(2)).card(0, strip=2)
    assert (card.peak, card.size, card.strip, card.more) == (1, 5, (0, 6), 2)


def test_pages_cover_everything_once_and_clamp():
    pages = [page_bounds(10, number, 4) for number in (1, 2, 3)]
    assert pages == [(0, 4), (4, 8), (8, 10)]
    assert page_bounds(10, 99, 4) == (8, 10)
    assert [n_pages(total, 4) for total in (0, 4, 5)] == [1, 1, 2]
