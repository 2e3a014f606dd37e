"""The top of the explorer: what is looked at, and what to do when there is nothing to look at."""

from __future__ import annotations

import streamlit as st

from hilander.errors import AwayError, InputError
from hilander.services.access import Action, dataset
from hilander.services.door import datasets, jobs, runs
from hilander.services.store import DatasetRow, RunRow
from hilander.ui import job_panel, opened, pickers, url
from hilander.ui.components import first_steps, steps_button
from hilander.ui.explored import Explored, chosen_rows, explored
from hilander.ui.main_views import VIEWS
from hilander.ui.making_dialog import making_button
from hilander.ui.visit import may, visit
from hilander.ui.words import escaped
from hilander.ui.writes import waiting

STEPS = [
    (
        "Choose a level.",
        "At level 0 every image is by itself; each level joins clusters that belong together, so higher is coarser.",
    ),
    (
        "Open a cluster.",
        "Its peak is its most typical image and stands for all of them. Inside are the images, and what joined them.",
    ),
    ("Take the labels.", "Download gives the cluster of every image, cut as you see it."),
]


def head() -> Explored | None:
    """Pickers and hint; None when there is nothing to explore (the page then says why)."""
    try:
        rows = chosen_rows()
        if rows is None:
            _nothing_yet()
            return None
        now = explored(*rows, views=VIEWS)
    except AwayError:
        raise  # no link leads elsewhere
    except InputError as mistake:
        _lost(mistake)
        return None
    with st.container(gap=None):
        _pickers(*rows)
        first_steps(STEPS, key="first-steps")
    if not may(Action.ANNOTATE, dataset(now.dataset_row.id)):
        owner = escaped(opened.name_of(now.dataset_row.owner))
        st.caption(
            f":material/visibility: Shared with you to view by {owner}: names, marks and notes are for editors."
        )
    if now.note:
        st.info(escaped(now.note), icon=":material/info:")
    waiting(now)
    return now


def _pickers(dataset: DatasetRow, run: RunRow) -> None:
    title, left, right = st.columns([1, 2, 2], vertical_alignment="bottom", gap="medium")
    with title.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Explore", anchor=False, width="content")
        with st.container(width="content", key="steps-button"):
            steps_button(key="first-steps-button")
    with left:
        clustered = {row.dataset_id for row in runs.runs(visit())}
        pickers.pick_dataset([it for it in datasets.datasets(visit()) if it.id in clustered], dataset.id)
    with right.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        pickers.pick_run(dataset.id, run.id)
        making_button(run)


def _nothing_yet() -> None:
    """Nothing is clustered: the demo is being made, or a data set waits for its first run."""
    st.title("Explore", anchor=False)
    wanted = url.text("dataset")
    running = [job for job in jobs.list_jobs(visit(), wanted) if not job.is_over]
    if not running and chosen_rows() is not None:  # it ended in between
        url.again()
    job_panel.watch(running)
    if running:
        st.caption("The explorer opens by itself when this is done.")
    elif wanted:
        st.info("This data set is not clustered yet.", icon=":material/hub:")
        may_cluster = may(Action.COMPUTE, dataset(wanted))
        if may_cluster and st.button("Cluster it", type="primary", icon=":material/hub:"):
            st.switch_page("pages/cluster.py", query_params={"dataset": wanted})
    else:
        st.info("Nothing is clustered yet. Add a data set to begin.", icon=":material/database:")
        if st.button("Add a data set", type="primary", icon=":material/database:"):
            st.switch_page("pages/data.py")


def _lost(mistake: InputError) -> None:
    """A link that leads nowhere: what is wrong with it, and a way back."""
    st.title("Explore", anchor=False)
    st.warning(escaped(str(mistake)), icon=":material/link_off:")
    job_panel.watch([job for job in jobs.list_jobs(visit()) if not job.is_over and job.kind != "cluster"])
    with st.container(horizontal=True):
        st.button("Open the explorer afresh", type="primary", on_click=st.query_params.clear)
        st.page_link("pages/data.py", label="All data sets", icon=":material/database:")
