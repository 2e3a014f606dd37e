"""The data sets in the workspace: a look at each, and what can be done with it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hilander.services import access
from hilander.services.access import SERVER, Action
from hilander.services.disk import readable
from hilander.services.door import datasets as door
from hilander.services.door import runs as door_runs
from hilander.services.store import DatasetRow
from hilander.services.trash import KEPT
from hilander.ui import opened, person, share_dialog
from hilander.ui.components import Card, image_grid
from hilander.ui.guard import guarded
from hilander.ui.visit import may, visit
from hilander.ui.words import count, escaped, when

LOOK = 8


def dataset_list() -> None:
    """The data sets, and what they take of the disk."""
    disk = opened.disk_usage()
    if disk.is_little:
        st.warning(
            f"Only {readable(disk.free)} are free on the disk of the workspace: an import or a clustering may fail. "
            "Delete for good what is in the trash, or free space elsewhere.",
            icon=":material/hard_drive:",
        )
    for row in door.datasets(visit()):
        with guarded():
            _entry(row, disk.datasets.get(row.id, 0))
    if may(Action.SEE_DISK, SERVER):
        what = f"The workspace takes {readable(disk.total)}"
        told = "Data sets, runs, checkpoints, the trash, uploads of the last day and caches. Counted once a minute."
    else:
        what, told = f"These take {readable(disk.total)}", "Data sets and their runs. Counted once a minute."
    st.caption(f"{what} of the disk; {readable(disk.free)} are free.", help=told)


def _entry(row: DatasetRow, size: int) -> None:
    runs = door_runs.runs(visit(), row.id)
    with st.container(border=True, key=f"dataset-{row.id}"):
        words, look, actions = st.columns([3, 4, 3], vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.markdown(f"**{escaped(row.name)}**{_whose(row)}")
            facts = [count(row.n, "image" if row.has_images else "row"), f"{row.dim} dimensions"]
            facts += ["labelled"] if row.has_labels else []
            st.caption(" · ".join([*facts, count(len(runs), "run"), readable(size), when(row.created)]))
        with look, guarded():  # one that is damaged can still be deleted
            _thumbs(row)
        with actions.container(horizontal=True, horizontal_alignment="right"):
            _actions(row, clustered=bool(runs))
        if row.note:
            st.caption(f":material/info: {escaped(row.note)}")


def _whose(row: DatasetRow) -> str:
    """A word on whose it is, where that is somebody else."""
    if not person.signs_in() or row.owner == visit().person.id:
        return ""
    return f" :gray-badge[:material/person: {escaped(opened.name_of(row.owner))}]"


def _thumbs(row: DatasetRow) -> None:
    if not row.has_images:
        st.caption("No images")
        return
    thumbs = opened.dataset(row.id).thumbs
    rows = np.unique(np.linspace(0, row.n - 1, LOOK).astype(int)).tolist()
    image_grid(
        [Card(i, thumbs.data_url(i), "") for i in rows],
        key=f"look-{row.id}",
        label="Some images",
        layout="thumbs",
    )


def _actions(row: DatasetRow, *, clustered: bool) -> None:
    pages = [("Explore", "pages/explore.py", ":material/account_tree:")] if clustered else []
    if may(Action.COMPUTE, access.dataset(row.id)):
        pages.append(("Cluster", "pages/cluster.py", ":material/hub:"))
    for label, page, icon in pages:
        first = label == pages[0][0]
        if st.button(label, key=f"{label}-{row.id}", icon=icon, type="primary" if first else "secondary"):
            st.switch_page(page, query_params={"dataset": row.id})
    if person.signs_in() and may(Action.SHARE, access.dataset(row.id)):
        share_dialog.share_button(row)
    if may(Action.DELETE, access.dataset(row.id)) and st.button(
        "", key=f"delete-{row.id}", icon=":material/delete:", type="tertiary", help="Delete this data set"
    ):
        _confirm(row)


@st.dialog("Delete this data set?")
def _confirm(row: DatasetRow) -> None:
    with guarded():
        runs = count(len(door_runs.runs(visit(), row.id)), "run")
        st.markdown(
            f"**{escaped(row.name)}** with its thumbnails and {runs} goes to the trash, from where it can be restored "
            f"for {KEPT.days} days. What runs on it is stopped."
        )
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                st.rerun()
            if st.button("Delete", type="primary", icon=":material/delete:", key="delete-confirmed"):
                door.delete_dataset(visit(), row.id)
                st.rerun()
