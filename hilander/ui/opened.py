"""Data sets, runs and what is derived from them, opened once per server and shared by all pages.

Data sets and runs never change once they are there, so everything is cached by id; whether they still exist
is asked of the store on every page run.
"""

from __future__ import annotations

import streamlit as st

from hilander.calibrate.choose import Calibration
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.run import Run
from hilander.services import jobs
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.runs import open_run
from hilander.services.store import DatasetRow, RunRow, Store, open_store
from hilander.services.workspace import Workspace, default_workspace
from hilander.views.gallery import Gallery, gallery_of
from hilander.views.levels import LevelRow, level_table

DEMO = "demo-shapes"
GALLERIES = 16  # kept; of a million images one takes 8 to 28 MB and 0.1 s to make again


def start() -> None:
    """Wake the job process, and make the demo data sets on the very first visit."""
    _start(default_workspace())


def store() -> Store:
    return open_store()


def dataset(dataset_id: str) -> Dataset:
    """An open data set; InputError when it is gone."""
    if store().dataset(dataset_id) is None:
        raise InputError(f"There is no data set {dataset_id[:40]!r} (deleted?). Choose one from the list.")
    return _dataset(default_workspace(), dataset_id)


def run(run_id: str) -> Run:
    """An open run; InputError when it is gone."""
    if store().run(run_id) is None:
        raise InputError(f"There is no run {run_id[:40]!r} (deleted?). Choose one from the list.")
    return _run(default_workspace(), run_id)


def level_rows(dataset_id: str, run_id: str) -> list[LevelRow]:
    """The table of levels, with Fp, Fb and NMI where the data set has labels."""
    return _level_rows(default_workspace(), dataset_id, run_id)


def gallery(run_id: str, cut: Cut) -> Gallery:
    return _gallery(default_workspace(), run_id, cut)


def calibration(run_id: str) -> Calibration:
    """The run, ready to hear answers."""
    return _calibration(default_workspace(), run_id)


def first_choice(last: str | None = None) -> tuple[DatasetRow, RunRow] | None:
    """What the explorer opens without being told: the newest run on the data set that this visitor last looked at,
    on the user's own data, else on the demo."""
    datasets = {row.id: row for row in store().datasets()}
    found = [(datasets[row.dataset_id], row) for row in store().runs() if row.dataset_id in datasets]
    same = [pair for pair in found if pair[0].id == last]
    own = [pair for pair in found if not pair[0].id.startswith("demo-")]
    demo = [pair for pair in found if pair[0].id == DEMO]
    return next(iter([*same, *own, *demo, *found]), None)


@st.cache_resource(show_spinner=False, max_entries=4)
def _start(workspace: Workspace) -> None:
    jobs.start(workspace)
    jobs.submit_demo(workspace)


@st.cache_resource(show_spinner=False, max_entries=16)
def _dataset(workspace: Workspace, dataset_id: str) -> Dataset:
    return open_dataset(dataset_id, workspace)


@st.cache_resource(show_spinner=False, max_entries=16)
def _run(workspace: Workspace, run_id: str) -> Run:
    return open_run(run_id, workspace)


@st.cache_resource(show_spinner=False, max_entries=16)
def _level_rows(workspace: Workspace, dataset_id: str, run_id: str) -> list[LevelRow]:
    labels = _dataset(workspace, dataset_id).labels
    return level_table(_run(workspace, run_id).hierarchy, None if labels is None else labels.codes)


@st.cache_resource(show_spinner=False, max_entries=GALLERIES)
def _gallery(workspace: Workspace, run_id: str, cut: Cut) -> Gallery:
    return gallery_of(cut.peak_of(_run(workspace, run_id).hierarchy))


@st.cache_resource(show_spinner=False, max_entries=4)
def _calibration(workspace: Workspace, run_id: str) -> Calibration:
    return Calibration(_run(workspace, run_id).hierarchy)
