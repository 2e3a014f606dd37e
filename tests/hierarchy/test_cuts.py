"""Cuts are partitions, whatever is changed. The forest is that of tests/ui: see its picture there."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.hierarchy.cuts import MOST_CHANGES, Cut, Step, changes_of, changes_text
from hilander.hierarchy.forest import Hierarchy
from tests.hierarchy.forests import forests, large
from tests.ui.conftest import forest

CHANGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), max_size=6).map(tuple)


def clusters(cut: Cut) -> set[frozenset[int]]:
    peak = cut.peak_of(forest())
    return {frozenset(np.flatnonzero(peak == one).tolist()) for one in np.unique(peak)}


def groups(*text: str) -> set[frozenset[int]]:
    return {frozenset(map(int, one)) for one in text}


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_is_the_hierarchys_own(level):
    assert Cut(level).peak_of(forest()).tolist() == forest().peak_of(level).tolist()


def test_a_branch_can_be_cut_deeper():
    assert clusters(Cut(2).changed(1, 1)) == groups("012", "56", "34", "7")
    assert clusters(Cut(2).changed(1, 0)) == groups("0", "1", "2", "5", "6", "34", "7")


def test_and_a_part_of_it_deeper_still():
    assert clusters(Cut(2).changed(1, 1).changed(6, 0)) == groups("012", "5", "6", "34", "7")


def test_a_branch_can_be_merged_higher_with_all_that_joins_there():
    assert clusters(Cut(1).changed(6, 2)) == groups("01256", "34", "7")
    assert clusters(Cut(0).changed(3, 1)) == groups("34", "0", "1", "2", "5", "6", "7")


def test_merging_takes_parts_that_were_cut_deeper_with_it():
    assert clusters(Cut(1).changed(0, 0).changed(5, 2)) == groups("01256", "34", "7")


def test_a_cut_by_links_is_the_hierarchys_own():
    cut = Cut(1, min_link=0.75)
    assert cut.peak_of(forest()).tolist() == forest().recut_peaks(0.75).tolist()
    with pytest.raises(ValueError, match="no level"):
        cut.level_of(forest())


@given(level=st.integers(0, 2), changes=CHANGES)
def test_it_is_always_a_partition_whose_clusters_lie_at_one_level(level, changes):
    h, cut = forest(), Cut(level, changes=changes)
    peak, at = cut.peak_of(h), cut.level_of(h)
    assert peak[peak].tolist() == peak.tolist()
    assert at.tolist() == at[peak].tolist()
    for image in range(h.n):
        together = np.flatnonzero(peak == peak[image])
        assert together.tolist() == h.members(int(peak[image]), int(at[image])).tolist()


def one_after_another(h: Hierarchy, cut: Cut) -> tuple[list[int], list[int]]:
    """Level and peak of every image, each change carried out on all images by the words of `Cut`."""
    at = np.full(h.n, cut.level)
    for image, level in cut.changes:
        whole = h.peak_of(max(level, int(at[image])))
        at[whole == whole[image]] = level
    return at.tolist(), [int(h.peak_of(level)[i]) for i, level in enumerate(at.tolist())]


@given(
    h=forests(),
    numbers=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=8),
    base=st.integers(0, 4),
)
def test_all_changes_at_once_are_the_changes_one_after_another(h, numbers, base):
    levels = h.n_levels + 1
    cut = Cut(base % levels, changes=tuple((image % h.n, level % levels) for image, level in numbers))
    at, peak = one_after_another(h, cut)
    done = cut.applied(h)
    assert done.at.tolist() == at
    assert done.peak.tolist() == peak
    assert cut.peak_of(h).tolist() == peak
    usual = h.peak_of(cut.level)
    higher = {p for p, level in zip(peak, at, strict=True) if level > cut.level}
    deeper = {int(p) for p, level in zip(usual, at, strict=True) if level < cut.level}
    assert done.branches == len(higher) + len(deeper)
    assert sum(step.holds for step in done.steps) <= h.n
    assert all(0 <= step.holds <= step.images for step in done.steps)


def test_what_each_change_did():
    # 5 and 6 are split with the branch of 1, put together again, and 3 is left alone.
    done = Cut(2, changes=((1, 0), (6, 1), (3, 0))).applied(forest())
    assert done.steps == (Step(1, 0, 2, 5, 3), Step(6, 1, 0, 2, 2), Step(3, 0, 2, 2, 2))
    assert done.branches == 2


def test_a_change_that_a_later_one_covers_holds_nowhere():
    done = Cut(1, changes=((5, 0), (0, 2))).applied(forest())
    assert [step.holds for step in done.steps] == [0, 5]
    assert done.branches == 1


def test_more_changes_than_a_link_takes_are_refused():
    Cut(1, changes=((0, 0),) * MOST_CHANGES)
    with pytest.raises(InputError, match=f"at most {MOST_CHANGES} changes; got 301"):
        Cut(1, changes=((0, 0),) * (MOST_CHANGES + 1))


def test_twenty_changes_of_a_million_images_take_less_than_a_second():
    h = large(1_000_000, 12)
    assert len(h.ladder.peaks) == 13  # made once, when the run is opened
    rng, seconds = np.random.default_rng(1), []
    for _ in range(3):
        picks = zip(rng.integers(0, h.n, 20).tolist(), rng.integers(0, 13, 20).tolist(), strict=True)
        start = time.perf_counter()
        Cut(6, changes=tuple(picks)).peak_of(h)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1


@given(level=st.integers(0, 2), changes=CHANGES)
def test_undoing_gives_the_cut_before_and_a_recipe_the_same_cut(level, changes):
    cut = Cut(level, changes=changes)
    assert cut.changed(3, 1).undone() == cut
    assert Cut.from_dict(cut.to_dict()) == cut
    assert changes_of(changes_text(changes)) == changes


def test_a_recipe_by_links_comes_back():
    assert Cut.from_dict(Cut(1, min_link=0.5).to_dict()) == Cut(1, min_link=0.5)


@pytest.mark.parametrize("text", ["1", "1.", ".2", "1.2_", "a.b", "1.2.3", "-1.2", "²1.1", "1" * 30 + ".1"])
def test_nonsense_in_a_link_is_told_in_words(text):
    with pytest.raises(InputError, match=r"look like 17\.2_5\.4"):
        changes_of(text)


@pytest.mark.parametrize("recipe", [{}, {"level": "x"}, {"level": 1, "changes": [1]}, []])
def test_a_file_that_is_no_recipe_is_told_in_words(recipe):
    with pytest.raises(InputError, match="a recipe has"):
        Cut.from_dict(recipe)


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (Cut(3), "level must be a whole number from 0 to 2; got 3"),
        (Cut(1, changes=((1, 9),)), "from 0 to 2; got 9"),
        (Cut(1, changes=((8, 1),)), "row from 0 to 7; got 8"),
    ],
)
def test_a_cut_of_another_run_is_refused(cut, told):
    with pytest.raises(InputError, match=told):
        cut.checked(forest())


def test_links_and_changes_do_not_go_together():
    with pytest.raises(InputError, match="got both"):
        Cut(1, min_link=0.5, changes=((1, 1),))
    assert Cut(1, min_link=0.5).changed(1, 0) == Cut(1, changes=((1, 0),))


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_link_probability_is_a_share(value):
    with pytest.raises(InputError, match="min_link"):
        Cut(1, min_link=value)
