"""What people say of the opened cluster: its name, accepted or rejected, a note; and what is said of others like it."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from hilander.hierarchy.recipe import LONGEST_NAME
from hilander.services import said
from hilander.services.access import Action, run
from hilander.services.door import notes
from hilander.services.journal import MARK, NAME, NOTE, Kind
from hilander.services.said import ACCEPTED, LONGEST_NOTE, REJECTED, Said
from hilander.ui import history_view, url
from hilander.ui.annotated import annotated
from hilander.ui.explored import Explored
from hilander.ui.said_words import value_words
from hilander.ui.visit import may, visit
from hilander.ui.words import count, quoted
from hilander.ui.writes import attempt

FEW = 2
MARKS = (  # mark, to do, done, icon, key
    (ACCEPTED, "Accept", "Accepted", ":material/check:", "a"),
    (REJECTED, "Reject", "Rejected", ":material/close:", "x"),
)
NAME_HELP = (
    "Stands wherever exactly these images are one cluster, at any level. Kept when you press Enter or leave."
)


def said_panel(now: Explored, peak: int) -> None:
    known = annotated(now.run_row.id)
    here = known.said(_item(now, peak))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cluster-said"):
        if may(Action.ANNOTATE, run(now.run_row.id)):
            _name(now, here)
            _marks(now, here)
            _note(now, here)
        elif here.mark:
            st.markdown(f":gray-badge[{here.mark}]", width="content")
        history_view.undo_own_button(now, key="undo-own")
    if here.note:
        st.caption(f":material/sticky_note_2: {quoted(here.note, LONGEST_NOTE)}")
    others = known.others(here.item)
    for other in others[:FEW]:
        _other(now, other)
    if len(others) > FEW:
        st.caption(f"Something is said of {len(others) - FEW:,} more clusters with this peak: see History.")


def name_of(now: Explored, peak: int) -> str:
    """The name of a cluster of this cut, empty without one."""
    found = annotated(now.run_row.id).of_place(now.gallery, now.gallery.place_of(peak))
    return found.name if found else ""


def _item(now: Explored, peak: int) -> str:
    return said.item_of(now.gallery.rows(now.gallery.place_of(peak)), peak)


def _name(now: Explored, here: Said) -> None:
    key = f"said-name-{here.item}"
    st.text_input(
        "Name of this cluster",
        key=key,
        placeholder="Name this cluster",
        max_chars=LONGEST_NAME,
        label_visibility="collapsed",
        width=260,
        on_change=url.bind(key, here.name, partial(_say, now, NAME, here)),
        help=NAME_HELP,
    )


def _marks(now: Explored, here: Said) -> None:
    for mark, to_do, done, icon, key in MARKS:
        on = here.mark == mark
        st.button(
            done if on else to_do,
            icon=icon,
            key=f"mark-{mark}",
            shortcut=key,
            type="primary" if on else "secondary",
            help=f"Take the mark away ({key})" if on else f"Mark this cluster as {mark} ({key})",
            on_click=partial(_say, now, MARK, here, "" if on else mark),
        )


def _note(now: Explored, here: Said) -> None:
    key = f"said-note-{here.item}"
    with st.popover("Note", icon=":material/sticky_note_2:" if here.note else ":material/note_add:"):
        st.text_area(
            "Note on this cluster",
            key=key,
            max_chars=LONGEST_NOTE,
            height=120,
            on_change=url.bind(key, here.note, partial(_say, now, NOTE, here)),
            help="Kept when you press Ctrl+Enter or leave the field.",
        )


def _say(now: Explored, kind: Kind, here: Said, text: str) -> None:
    run_id = now.run_row.id
    attempt(lambda seen: notes.say(visit(), run_id, kind, here.item, text, seen=seen), here.version(kind))


def _other(now: Explored, other: Said) -> None:
    """Another cluster of this peak that something is said of: this one is not it."""
    words = [value_words(kind, getattr(other, kind)) for kind in (NAME, MARK, NOTE) if getattr(other, kind)]
    level = level_of(now, other)
    told = f"Another set of images with this peak, {count(other.size, 'image')}, has {', '.join(words)}."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":material/info: {told}", width="content")
        if level is not None:
            st.button(
                f"Open it at level {level}",
                key=f"said-other-{other.item}",
                type="tertiary",
                on_click=partial(now.open_cluster, other.peak, level),
            )


def level_of(now: Explored, other: Said) -> int | None:
    """The lowest level at which exactly these images are a cluster, None where there is none."""
    ladder = now.hierarchy.ladder
    for level, (peaks, sizes) in enumerate(zip(ladder.peaks, ladder.sizes, strict=True)):
        place = int(np.searchsorted(peaks, other.peak))
        if place == len(peaks) or peaks[place] != other.peak or sizes[place] > other.size:
            return None
        if sizes[place] == other.size:
            rows = now.hierarchy.members(other.peak, level)
            return level if said.item_of(rows, other.peak) == other.item else None
    return None
