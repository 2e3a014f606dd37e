"""The trash: what was deleted in the last 30 days, each with a way back and a way to delete it for good."""

from __future__ import annotations

import streamlit as st

from hilander.services.disk import readable
from hilander.services.door import trash as door
from hilander.services.trash import KEPT, NOUNS, Trashed
from hilander.ui.guard import guarded, pressed
from hilander.ui.visit import visit
from hilander.ui.words import count, escaped, when


def trash_list() -> None:
    """Nothing where the trash is empty."""
    rows = door.trashed(visit())
    if not rows:
        return
    size = readable(sum(row.bytes for row in rows))
    with st.expander(f"Trash: {count(len(rows), 'item')}, {size}", icon=":material/delete:", key="trash"):
        st.caption(
            f"What you delete stays here for {KEPT.days} days, and is then removed for good. Deleting it for "
            "good frees the disk at once."
        )
        for row in rows:
            with guarded():
                _entry(row)


def _entry(row: Trashed) -> None:
    with st.container(border=True, key=f"trash-{row.kind}-{row.id}"):
        words, actions = st.columns([7, 5], vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.markdown(f"**{escaped(row.name)}** :gray-badge[{NOUNS[row.kind]}]")
            left = f"{count(row.days_left, 'day')} left" if row.days_left else "goes within the hour"
            st.caption(f"deleted {when(row.deleted)} · {readable(row.bytes)} · {left}")
        with actions.container(horizontal=True, horizontal_alignment="right"):
            st.button(
                "Restore",
                key=f"restore-{row.kind}-{row.id}",
                icon=":material/restore_from_trash:",
                on_click=pressed(_restore),  # done also where another drawing of the page comes between
                args=(row,),
            )
            if st.button(
                "Delete for good", key=f"purge-{row.kind}-{row.id}", icon=":material/delete_forever:"
            ):
                _confirm(row)


def _restore(row: Trashed) -> None:
    door.restore(visit(), row)


@st.dialog("Delete for good?")
def _confirm(row: Trashed) -> None:
    with guarded():
        what = f"This {NOUNS[row.kind]}" + (", its thumbnails and its runs" * (row.kind == "dataset"))
        st.markdown(
            f"**{escaped(row.name)}**: {readable(row.bytes)}. {what} cannot be brought back afterwards."
        )
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                st.rerun()
            if st.button(
                "Delete for good", type="primary", icon=":material/delete_forever:", key="purge-confirmed"
            ):
                door.purge(visit(), row)
                st.cache_resource.clear()  # an open file would keep its place on the disk
                st.rerun()
