"""Undo and redo of cuts. The cut is in the URL, and so undo works after a reload; what redo needs is in the session."""

from __future__ import annotations

import streamlit as st

from hilander.hierarchy.cuts import MOST_CHANGES, Cut
from hilander.ui import opened
from hilander.ui.explored import Explored
from hilander.views.cut import cut_words
from hilander.views.cut_history import History

FULL = f"This cut has {MOST_CHANGES} changes, the most there can be. Undo some, or begin from a nearer level."


def history(now: Explored) -> History:
    """The way here in this run, with the cut shown now at its end."""
    kept: History | None = st.session_state.get(_key(now))
    return _keep(now, History(now.cut) if kept is None else kept.seen(now.cut))


def undo(now: Explored) -> None:
    found = history(now)
    if found.undo is not None:
        now.go_to_cut(_keep(now, found.back()).present)


def redo(now: Explored) -> None:
    found = history(now)
    if found.redo is not None:
        now.go_to_cut(_keep(now, found.forward()).present)


def without(now: Explored, place: int) -> None:
    """Take one change out; those after it are made as if it had never been."""
    changes = now.cut.changes
    now.go_to_cut(Cut(now.cut.level, changes=(*changes[:place], *changes[place + 1 :])))


def words(now: Explored, cut: Cut) -> str:
    """A cut of this run in words, with its number of clusters; costs as much as going there."""
    branches = opened.branches(now.run_row.id, cut)
    return cut_words(cut, opened.gallery(now.run_row.id, cut).n_clusters, branches)


def brief(cut: Cut) -> str:
    """A cut in words that cost nothing."""
    if cut.min_link is not None:
        return f"links of at least {cut.min_link:g}"
    changes = len(cut.changes)
    return f"level {cut.level}" + (f", {changes} change{'s' * (changes != 1)}" if changes else "")


def _keep(now: Explored, found: History) -> History:
    st.session_state[_key(now)] = found
    return found


def _key(now: Explored) -> str:
    return f"cut-history-{now.run_row.id}"
