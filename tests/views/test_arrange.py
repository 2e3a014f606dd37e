"""Figures of clusters, and sorting and filtering by them. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.hierarchy.cuts import Cut
from hilander.views.arrange import Arranged, Order, Wanted, arrange
from hilander.views.figures import Figures, figures_of
from hilander.views.gallery import Gallery, gallery_of
from tests.ui.conftest import forest

LEVEL_1 = Cut(1)
CODES = np.array([0, 0, 1, 2, 2, -1, 1, -1])


def looked_at(cut: Cut, codes: np.ndarray | None = CODES) -> tuple[Gallery, Figures]:
    gallery = gallery_of(cut.peak_of(forest()))
    return gallery, figures_of(gallery, forest(), cut, codes)


def arranged(order: Order, wanted: Wanted, cut: Cut = LEVEL_1, **rows: object) -> list[int]:
    """Peaks, in order."""
    gallery, figures = looked_at(cut)
    found = arrange(gallery, figures, order, wanted, {name: lambda it=it: it for name, it in rows.items()})
    return gallery.peaks[found.places].tolist()


@pytest.mark.parametrize(
    ("cut", "weakest", "changed"),
    [
        (Cut(0), [np.nan] * 8, [False] * 8),
        (Cut(1), [0.8, 0.7, 0.95, np.nan], [True, True, True, False]),
        (Cut(2), [0.6, 0.7, np.nan], [True, False, False]),
        (Cut(2, min_link=0.75), [0.8, 0.95, np.nan, np.nan, np.nan], [False] * 5),
        # {0 1 2} and {5 6} at level 1, {3 4} and {7} stay at level 2
        (Cut(2, changes=((1, 1),)), [0.8, 0.7, 0.95, np.nan], [True, False, True, False]),
    ],
)
def test_weakest_link_and_what_changed(cut, weakest, changed):
    _, figures = looked_at(cut)
    np.testing.assert_array_equal(figures.weakest, np.float32(weakest))
    assert figures.changed.tolist() == changed


def test_purity_counts_labelled_images_only():
    _, figures = looked_at(Cut(1))
    labels = figures.labels
    assert labels is not None
    assert labels.commonest.tolist() == [0, 2, 1, -1]
    assert labels.share.tolist() == pytest.approx([2 / 3, 1, 1, np.nan], nan_ok=True)
    assert labels.kinds.tolist() == [2, 1, 1, 0]
    assert labels.known.tolist() == [3, 2, 1, 0]


def test_of_equally_common_labels_the_lowest_is_named():
    _, figures = looked_at(Cut(2))
    labels = figures.labels
    assert labels is not None
    assert labels.commonest[0] == 0  # {0 1 2 5 6} has 0 0 1 - 1
    assert labels.share[0] == 0.5


@pytest.mark.parametrize("codes", [None, np.full(8, -1)])
def test_without_a_known_label_there_is_no_purity(codes):
    assert looked_at(Cut(1), codes)[1].labels is None


@pytest.mark.parametrize(
    ("order", "peaks"),
    [
        ("largest", [1, 4, 5, 7]),
        ("smallest", [7, 4, 5, 1]),
        ("least-sure", [4, 1, 5, 7]),
        ("most-sure", [5, 1, 4, 7]),
        ("most-mixed", [1, 4, 5, 7]),
    ],
)
def test_orders(order, peaks):
    assert arranged(order, Wanted()) == peaks


@pytest.mark.parametrize(
    ("wanted", "peaks"),
    [
        (Wanted(), [1, 4, 5, 7]),
        (Wanted(least=2), [1, 4, 5]),
        (Wanted(least=2, most=2), [4, 5]),
        (Wanted(most=1), [7]),
        (Wanted(sure_to=0.8), [1, 4]),
        (Wanted(sure_from=0.8), [1, 5]),
        (Wanted(only=frozenset(["mixed"])), [1]),
        (Wanted(only=frozenset(["many"])), [1, 4, 5]),
        (Wanted(only=frozenset(["changed", "many"]), most=2), [4, 5]),
    ],
)
def test_filters(wanted, peaks):
    assert arranged("largest", wanted) == peaks


def test_text_label_and_branch_stand_for_images():
    assert arranged("largest", Wanted(text="x"), text=np.array([6, 7])) == [5, 7]
    assert arranged("largest", Wanted(label="x"), label=np.array([], int)) == []
    branch = forest().peak_of(2) == 1
    assert arranged("least-sure", Wanted(branch=(1, 2)), branch=branch) == [1, 5]
    assert arranged("largest", Wanted(branch=(6, 1)), Cut(2), branch=forest().peak_of(1) == 5) == [1]


def test_an_empty_gallery_says_what_each_filter_keeps_away():
    gallery, figures = looked_at(Cut(1))
    wanted = Wanted(least=3, sure_to=0.75, only=frozenset(["many"]))
    found = arrange(gallery, figures, "largest", wanted, {})
    assert isinstance(found, Arranged)
    assert found.places.tolist() == []
    assert found.gains == (("size", 1), ("sure", 1))


def test_one_filter_that_nothing_fits():
    gallery, figures = looked_at(Cut(1))
    assert arrange(gallery, figures, "largest", Wanted(least=9), {}).gains == (("size", 4),)
