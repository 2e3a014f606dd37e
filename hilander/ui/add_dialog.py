"""Adding images to a run: which data set they are, what will come of it, and what came of it.

The new images come in as a data set like any other; here they are put beside those of a run.
"""

from __future__ import annotations

import streamlit as st

from hilander.hierarchy.addition import DUE
from hilander.hierarchy.making import ADDED
from hilander.services import access
from hilander.services.access import SERVER, Action
from hilander.services.disk import readable
from hilander.services.door import datasets, jobs, runs
from hilander.services.store import DatasetRow, RunRow
from hilander.ui import opened, url
from hilander.ui.guard import guarded
from hilander.ui.visit import may, visit
from hilander.ui.words import count, escaped
from hilander.views.told_apart import told_apart

LONGEST_NAME = 80
HOW = "Add images to this run"
TOLD = (
    "New images join the clusters that are there, or make new ones of their own; nothing that is there changes. What "
    "comes of it is a data set of all images with a run of its own, beside these two, and what people said of this run "
    "goes along."
)


def add_button(row: RunRow) -> None:
    """For those who may cluster the run's data set, and add data sets."""
    if not (may(Action.COMPUTE, access.run(row.id)) and may(Action.ADD, SERVER)):
        return
    if st.button("", key=f"add-{row.id}", icon=":material/add_photo_alternate:", type="tertiary", help=HOW):
        dialog(row)


@st.dialog(HOW, width="medium", on_dismiss=url.hold)
def dialog(row: RunRow) -> None:
    with guarded():
        old = datasets.dataset(visit(), row.dataset_id)
        st.markdown(f"**{escaped(row.name)}** of **{escaped(old.name)}**, {count(old.n, 'image')}")
        st.caption(TOLD)
        fitting = {it.id: it for it in runs.fitting(visit(), row.id)}
        if not row.summary["natural_level"]:
            st.info(
                "In this run nothing was joined, so there is nothing to join. Cluster all images together."
            )
        elif not fitting:
            _none(old)
        else:
            _choose(row, old, fitting)


def _none(old: DatasetRow) -> None:
    """There is no data set that would go with the run: what one must be like, and where it comes in."""
    images = "with images" if old.has_images else "without images"
    st.info(
        f"First import the new images as a data set of their own: embeddings of the same model, {old.dim} dimensions, "
        f"{images}.",
        icon=":material/database:",
    )
    if st.button("Import them", type="primary", icon=":material/upload:"):
        st.switch_page("pages/data.py")


def _choose(row: RunRow, old: DatasetRow, fitting: dict[str, DatasetRow]) -> None:
    names = told_apart({it.id: f"{it.name} · {count(it.n, 'image')}" for it in fitting.values()})
    chosen = st.selectbox(
        "New images",
        list(names),
        format_func=names.__getitem__,
        key=f"add-new-{row.id}",
        help="Data sets whose embeddings have as many dimensions. They must be of the same model: nothing here can "
        "tell. Others come in on the Data page.",
    )
    new = fitting[chosen]
    clash = opened.clash(row.id, old.id, chosen)
    if clash:
        st.warning(escaped(clash), icon=":material/link_off:")
    name = st.text_input(
        "Name of the data set of all",
        f"{old.name} and {new.name}"[:LONGEST_NAME],
        key=f"add-name-{row.id}-{chosen}",
        max_chars=LONGEST_NAME,
    )
    sizes = opened.disk_usage().datasets
    st.caption(f"It will take about {readable(sizes.get(old.id, 0) + sizes.get(new.id, 0))} of the disk.")
    full = int(row.summary.get(ADDED, {}).get("full", old.n))
    if not clash and (told := due(old.n + new.n, full)):
        st.caption(f":material/info: Afterwards {told}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Import others", type="tertiary", icon=":material/upload:"):
            st.switch_page("pages/data.py")
        if st.button("Leave it"):
            st.rerun()
        label = f"Add {count(new.n, 'image')}"
        if st.button(
            label,
            type="primary",
            icon=":material/add:",
            key="add-confirmed",
            disabled=bool(clash) or not name.strip(),
        ):
            jobs.submit_add(visit(), row.id, chosen, name)
            st.rerun()


def due(n: int, full: int) -> str:
    """That a full run is due, in words, of a run of `n` images whose last full run had `full`; else empty."""
    if n / full - 1 <= DUE:
        return ""
    return (
        f"a full run is due: {count(n - full, 'image')} added to the {full:,} of the last one. Past {DUE:.0%} clusters "
        "begin to differ from what it would find."
    )


def came_of_it(row: RunRow) -> str:
    """What became of the images that were added, in words; empty for a run that nothing was added to."""
    found = row.summary.get(ADDED)
    if not found:
        return ""
    new, joined, clusters = (int(found[name]) for name in ("new", "joined", "clusters"))
    if joined == new:
        told = "all joined clusters that were there" if new > 1 else "it joined a cluster that was there"
        return f"{count(new, 'image')}: {told}, at the natural level"
    words = [f"{joined:,} joined clusters that were there"] if joined else []
    if clusters:
        words.append(
            f"{new - joined:,} {'makes' if new - joined == 1 else 'make'} {count(clusters, 'new cluster')}"
        )
    return f"{count(new, 'image')}: {', '.join(words)}, at the natural level"


def due_now(row: RunRow) -> str:
    """`due` of a finished run; empty for one that nothing was added to."""
    found = row.summary.get(ADDED)
    return due(int(found["old"]) + int(found["new"]), int(found["full"])) if found else ""
