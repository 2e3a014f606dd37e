"""Undo and redo over cuts, however they came about."""

from __future__ import annotations

from hilander.hierarchy.cuts import Cut
from hilander.views.cut_history import LONGEST, History

LEVEL, ONE = Cut(2), Cut(2, changes=((1, 1),))
TWO = ONE.changed(6, 0)


def test_there_and_back():
    history = History(LEVEL).seen(ONE).seen(TWO)
    assert (history.undo, history.redo) == (ONE, None)
    back = history.back().back()
    assert (back.present, back.undo, back.redo) == (LEVEL, None, ONE)
    assert back.forward().forward().present == TWO


def test_after_a_reload_the_newest_change_is_undone():
    history = History(TWO)
    assert history.undo == ONE
    assert history.back().redo == TWO
    assert history.back().back().present == LEVEL
    assert history.back().back().undo is None


def test_something_new_forgets_what_could_be_redone():
    other = LEVEL.changed(3, 0)
    history = History(LEVEL).seen(ONE).back().seen(other)
    assert (history.redo, history.undo) == (None, LEVEL)


def test_the_browsers_back_and_forward_are_undo_and_redo():
    history = History(LEVEL).seen(ONE).seen(LEVEL)
    assert (history.undo, history.redo) == (None, ONE)
    assert history.seen(ONE).undo == LEVEL


def test_who_leaves_a_mixed_cut_for_a_level_can_go_back_to_it():
    history = History(ONE).seen(Cut(3)).seen(Cut(4))
    assert history.undo == ONE
    assert history.back().redo == Cut(4)


def test_from_level_to_level_there_is_nothing_to_undo():
    assert History(LEVEL).seen(Cut(3)).seen(Cut(1, min_link=0.5)).undo is None


def test_it_does_not_grow_for_ever():
    history = History(LEVEL)
    for i in range(2 * LONGEST):
        history = history.seen(Cut(2, changes=((i, 1),)))
    assert len(history.past) == LONGEST
