"""What a map is made of: places, outlines, colours that differ where groups are near, doubt, nearest peaks."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.hierarchy.image_graph import ImageGraph
from hilander.views.doubt import cluster_doubt, image_doubt
from hilander.views.gallery import gallery_of
from hilander.views.ghosts import nearest_peaks
from hilander.views.map_colours import HUES, UNKNOWN, group_codes, near_pairs, ramp_codes, spread_hues
from hilander.views.plane import inside, polygon_of, polygon_text, quantised

L_SHAPE = [0, 0, 10, 0, 10, 4, 4, 4, 4, 10, 0, 10]


def test_places_fill_the_range_and_a_flat_axis_stays_in_the_middle():
    assert quantised(np.array([[0.0, 7], [1, 7], [2, 7]])).tolist() == [
        [1, 32767],
        [32767, 32767],
        [65534, 32767],
    ]


def test_points_in_an_outline_with_a_corner_inwards():
    points = np.array([[2, 2], [8, 2], [2, 8], [8, 8], [11, 2]], np.uint16)
    assert inside(points, np.array(L_SHAPE).reshape(-1, 2)).tolist() == [0, 1, 2]


def test_an_outline_comes_back_from_a_link():
    assert polygon_of(polygon_text(L_SHAPE)).ravel().tolist() == L_SHAPE


@pytest.mark.parametrize("text", ["", "AAAA", "<script>", "ä", "A" * 2000])
def test_another_text_is_no_outline(text):
    with pytest.raises(InputError, match="Draw it again"):
        polygon_of(text)


@pytest.mark.parametrize("flat", [[], [1, 2, 3, 4], [0, 0, 1, 1, 2], [0, 0, 9, 9, 70_000, 1], [1] * 400])
def test_what_is_no_polygon_is_refused(flat):
    with pytest.raises(InputError, match="3 to 64 corners"):
        polygon_text(flat)


def test_groups_in_one_place_are_near_and_far_ones_are_not():
    xy = np.array([[0, 0], [0.1, 0], [9, 9], [9.1, 9]]).repeat(20, axis=0)
    pairs = near_pairs(xy + np.arange(80)[:, None] / 1e6, np.arange(4).repeat(20)).tolist()
    assert [0, 1] in pairs
    assert [2, 3] in pairs
    assert [0, 3] not in pairs


@pytest.mark.parametrize("wish", [0, 5])
def test_near_groups_differ_though_all_wish_the_same(wish):
    pairs = np.array([[i, i + step] for i in range(300) for step in (1, 2, 20) if i + step < 300])
    hue = spread_hues(pairs, np.full(300, wish))
    assert (hue[pairs[:, 0]] != hue[pairs[:, 1]]).all()
    assert hue.max() < HUES


def test_a_wish_is_granted_where_nothing_clashes():
    assert spread_hues(np.array([[0, 1]]), np.array([3, 4, 4])).tolist() == [3, 4, 4]


def test_thousands_of_groups_side_by_side_differ_from_their_neighbours(rng):
    side = 60
    centre = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    groups = np.arange(side * side).repeat(3)
    codes = group_codes(centre.repeat(3, axis=0) + rng.uniform(-0.2, 0.2, (len(groups), 2)), groups)
    square = codes[::3].reshape(side, side)
    same = (square[1:] == square[:-1]).mean(), (square[:, 1:] == square[:, :-1]).mean()
    assert max(same) < 0.01


def test_points_without_a_label_have_no_hue():
    codes = group_codes(np.arange(8.0).reshape(4, 2), np.array([-1, 2, 2, -1]))
    assert (codes == UNKNOWN).tolist() == [True, False, False, True]
    assert codes[1] == codes[2]
    assert (group_codes(np.zeros((2, 2)), np.array([-1, -1])) == UNKNOWN).all()


def test_a_ramp_tells_its_ends():
    codes, low, high = ramp_codes(np.append(np.linspace(0, 1, 101), np.nan))
    assert (low, high) == pytest.approx((0.02, 0.98))
    assert (codes[0], codes[50], codes[100], codes[101]) == (0, 12, 23, UNKNOWN)
    assert ramp_codes(np.full(3, np.nan))[0].tolist() == [UNKNOWN] * 3
    assert ramp_codes(np.full(3, 2.0))[0].tolist() == [12] * 3


PEAK = np.array([1, 1, 1, 4, 4, 5])
LINK = np.array([0.9, 0, 0.6, 0.75, 0, 0], np.float32)


def test_doubt_is_what_the_link_lacks_of_certainty():
    gallery = gallery_of(PEAK)
    rows = np.arange(6)
    nan = np.nan
    assert image_doubt(gallery, LINK, rows) == pytest.approx([0.1, nan, 0.4, 0.25, nan, nan], nan_ok=True)
    assert cluster_doubt(gallery, LINK, np.array([1, 4, 5])) == pytest.approx([0.4, 0.25, nan], nan_ok=True)


def test_nearest_peaks_come_by_similarity_with_or_without_a_graph():
    angle = np.array([0.0, 0.1, 0.2, 1.0, 1.1, 0.5])
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    gallery = gallery_of(PEAK)
    assert nearest_peaks(x, gallery, 1, 8).tolist() == [5, 4]
    assert nearest_peaks(x, gallery, 1, 1).tolist() == [5]
    graph = ImageGraph(np.array([[2], [0], [3], [4], [3], [2]], np.int32), np.zeros((6, 1), np.float32))
    assert nearest_peaks(x, gallery, 1, 1, graph).tolist() == [4]  # a member's neighbour lies there
    assert nearest_peaks(x, gallery, 1, 2, graph).tolist() == [5, 4]  # too few: all peaks
