"""Data sets, runs and what is derived from them, opened once per server and shared by all pages.

Data sets and runs never change once they are there, so everything is cached by id and is the same for everybody;
whether they still exist and are what was written, and whether whoever looks may see them, is asked on every page run,
before the cache. Where files were put back from a backup, everything is opened anew.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hilander.calibrate.choose import Calibration
from hilander.hierarchy.cuts import Applied, Cut
from hilander.hierarchy.run import Run
from hilander.services import access, job_process, jobs, logs
from hilander.services.access import Action
from hilander.services.datasets import Dataset
from hilander.services.disk import Usage
from hilander.services.door import datasets, people, runs
from hilander.services.door import trash as door_trash
from hilander.services.people import Person
from hilander.services.store import DatasetRow, RunRow
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui import person
from hilander.ui.visit import visit
from hilander.views.audit import Audit, LevelCounts, level_counts
from hilander.views.audit import audit as audit_of
from hilander.views.beside import Beside
from hilander.views.beside import beside as beside_of
from hilander.views.gallery import Gallery, gallery_of
from hilander.views.levels import LevelRow, level_table
from hilander.views.links import LinkCounts
from hilander.views.links import link_counts as link_counts_of
from hilander.views.moves import Moves, moves_of
from hilander.views.recommend import Labelled
from hilander.views.recommend import labelled as labelled_of
from hilander.views.tree import Tree, tree_of

DEMO = "demo-shapes"
GALLERIES = 16  # kept; of a million images one takes 8 to 28 MB and 0.1 s to make again


def start() -> None:
    """Wake the job process, and make the demo data sets on the very first visit; note who is here."""
    _start(default_workspace())
    if person.signs_in():
        _arrived(default_workspace(), person.current())


def dataset(dataset_id: str) -> Dataset:
    """An open data set; InputError when it is gone, or not for whoever looks."""
    kept = visit().opened
    if ("dataset", dataset_id) not in kept:
        if datasets.check_whole(visit(), dataset_id):
            st.cache_resource.clear()
        kept["dataset", dataset_id] = _dataset(default_workspace(), dataset_id)
    found: Dataset = kept["dataset", dataset_id]
    return found


def run(run_id: str) -> Run:
    """An open run; InputError when it is gone, or not for whoever looks."""
    kept = visit().opened
    if ("run", run_id) not in kept:
        if runs.check_whole(visit(), run_id):
            st.cache_resource.clear()
        kept["run", run_id] = _run(default_workspace(), run_id)
    found: Run = kept["run", run_id]
    return found


def _seen(run_id: str) -> Workspace:
    """Where a run is that whoever looks may see: asked before anything that a cache has of it."""
    visit().check(Action.VIEW, access.run(run_id))
    return default_workspace()


def clash(run_id: str, dataset_id: str, new: str) -> str:
    """Why the images of the data set `new` cannot be added to the run, by their names; else empty."""
    visit().check(Action.VIEW, access.dataset(new))
    return _clash(_seen(run_id), run_id, dataset_id, new)


def name_of(person_id: str) -> str:
    """What a person is called; their id where they have not been here."""
    if not person.signs_in():
        return person_id
    return visit().names.get(person_id, person_id)


def level_rows(dataset_id: str, run_id: str) -> list[LevelRow]:
    """The table of levels, with Fp, Fb and NMI where the data set has labels."""
    return _level_rows(_seen(run_id), dataset_id, run_id)


def gallery(run_id: str, cut: Cut) -> Gallery:
    return _gallery(_seen(run_id), run_id, cut)


def link_counts(run_id: str) -> LinkCounts:
    """Clusters of any cut by links, without making it."""
    return _link_counts(_seen(run_id), run_id)


def labelled(dataset_id: str) -> Labelled | None:
    """What the data set's labels can tell; None without any."""
    visit().check(Action.VIEW, access.dataset(dataset_id))
    return _labelled(default_workspace(), dataset_id)


def beside(run_id: str, finer: Cut, coarser: Cut) -> Beside:
    """Two cuts of a run, matched."""
    return _beside(_seen(run_id), run_id, finer, coarser)


def applied(run_id: str, cut: Cut) -> Applied:
    """A cut by levels with what each of its changes did."""
    return _applied(_seen(run_id), run_id, cut)


def branches(run_id: str, cut: Cut) -> int:
    """How many branches of a cut are cut at another level than the rest."""
    return applied(run_id, cut).branches if cut.changes else 0


def moves(run_id: str, cut: Cut, peak: int) -> Moves:
    """Where the branch of one cluster of a cut by levels could be cut instead."""
    return _moves(_seen(run_id), run_id, cut, peak)


def audit(dataset_id: str, run_id: str, cut: Cut) -> Audit:
    """The cut held against the data set's labels, of which some are known."""
    return _audit(_seen(run_id), dataset_id, run_id, cut)


def audit_levels(dataset_id: str, run_id: str) -> list[LevelCounts]:
    """Split identities and mixed clusters at every level."""
    return _audit_levels(_seen(run_id), dataset_id, run_id)


def tree(dataset_id: str, run_id: str) -> Tree:
    """The run's hierarchy as a tree, with purity where the data set has labels."""
    return _tree(_seen(run_id), dataset_id, run_id)


def calibration(run_id: str) -> Calibration:
    """The run, ready to hear answers."""
    return _calibration(_seen(run_id), run_id)


def first_choice(last: str | None = None) -> tuple[DatasetRow, RunRow] | None:
    """What the explorer opens without being told: the newest run on the data set that this visitor last looked at,
    on the user's own data, else on the demo."""
    sets = {row.id: row for row in datasets.datasets(visit())}
    found = [(sets[row.dataset_id], row) for row in runs.runs(visit()) if row.dataset_id in sets]
    same = [pair for pair in found if pair[0].id == last]
    own = [pair for pair in found if not pair[0].id.startswith("demo-")]
    demo = [pair for pair in found if pair[0].id == DEMO]
    return next(iter([*same, *own, *demo, *found]), None)


def disk_usage() -> Usage:
    """What the data sets and the workspace take: at most a minute old, and counted anew when one comes or goes."""
    there = [row.id for row in datasets.datasets(visit())] + [row.id for row in runs.runs(visit())]
    away = door_trash.ids(visit())
    return _disk_usage(default_workspace(), visit().person, (tuple(there), tuple(away)))


@st.cache_resource(show_spinner=False, max_entries=64, ttl=60)
def _disk_usage(workspace: Workspace, of: Person, shown: tuple[tuple[str, ...], ...]) -> Usage:
    """The one thing kept here that is not the same for everybody."""
    return datasets.disk(visit())


@st.cache_resource(show_spinner=False, max_entries=1_000, ttl=600)
def _arrived(workspace: Workspace, of: Person) -> None:
    people.arrive(visit())


@st.cache_resource(show_spinner=False, max_entries=4)
def _start(workspace: Workspace) -> None:
    logs.set_up()
    job_process.start(workspace)
    jobs.submit_demo(workspace)


@st.cache_resource(show_spinner=False, max_entries=16)
def _dataset(workspace: Workspace, dataset_id: str) -> Dataset:
    return datasets.open_dataset(visit(), dataset_id)


@st.cache_resource(show_spinner=False, max_entries=16)
def _run(workspace: Workspace, run_id: str) -> Run:
    return runs.open_run(visit(), run_id)


@st.cache_resource(show_spinner="Comparing the names …", max_entries=64)
def _clash(workspace: Workspace, run_id: str, dataset_id: str, new: str) -> str:
    return runs.clash(visit(), run_id, _dataset(workspace, dataset_id), _dataset(workspace, new))


@st.cache_resource(show_spinner=False, max_entries=16)
def _level_rows(workspace: Workspace, dataset_id: str, run_id: str) -> list[LevelRow]:
    labels = _dataset(workspace, dataset_id).labels
    return level_table(_run(workspace, run_id).hierarchy, None if labels is None else labels.codes)


@st.cache_resource(show_spinner=False, max_entries=GALLERIES)
def _gallery(workspace: Workspace, run_id: str, cut: Cut) -> Gallery:
    if cut.changes:
        return gallery_of(_applied(workspace, run_id, cut).peak)
    return gallery_of(cut.peak_of(_run(workspace, run_id).hierarchy))


@st.cache_resource(show_spinner=False, max_entries=8)
def _audit(workspace: Workspace, dataset_id: str, run_id: str, cut: Cut) -> Audit:
    return audit_of(_known(workspace, dataset_id), _gallery(workspace, run_id, cut))


@st.cache_resource(show_spinner=False, max_entries=16)
def _audit_levels(workspace: Workspace, dataset_id: str, run_id: str) -> list[LevelCounts]:
    return level_counts(_run(workspace, run_id).hierarchy, _known(workspace, dataset_id))


def _known(workspace: Workspace, dataset_id: str) -> NDArray[np.int64]:
    labels = _dataset(workspace, dataset_id).labels
    assert labels is not None
    return labels.codes


@st.cache_resource(show_spinner=False, max_entries=4)
def _applied(workspace: Workspace, run_id: str, cut: Cut) -> Applied:
    return cut.applied(_run(workspace, run_id).hierarchy)


@st.cache_resource(show_spinner=False, max_entries=256)
def _moves(workspace: Workspace, run_id: str, cut: Cut, peak: int) -> Moves:
    hierarchy, clusters = _run(workspace, run_id).hierarchy, _gallery(workspace, run_id, cut)
    level = int(_applied(workspace, run_id, cut).at[peak]) if cut.changes else cut.level
    return moves_of(hierarchy, clusters, peak, level, cut.level)


@st.cache_resource(show_spinner=False, max_entries=4)
def _tree(workspace: Workspace, dataset_id: str, run_id: str) -> Tree:
    labels = _dataset(workspace, dataset_id).labels
    return tree_of(_run(workspace, run_id).hierarchy, None if labels is None else labels.codes)


@st.cache_resource(show_spinner=False, max_entries=4)
def _calibration(workspace: Workspace, run_id: str) -> Calibration:
    return Calibration(_run(workspace, run_id).hierarchy)


@st.cache_resource(show_spinner=False, max_entries=8)
def _link_counts(workspace: Workspace, run_id: str) -> LinkCounts:
    return link_counts_of(_run(workspace, run_id).hierarchy)


@st.cache_resource(show_spinner=False, max_entries=16)
def _labelled(workspace: Workspace, dataset_id: str) -> Labelled | None:
    labels = _dataset(workspace, dataset_id).labels
    return None if labels is None or not (labels.codes >= 0).any() else labelled_of(labels.codes)


@st.cache_resource(show_spinner=False, max_entries=8)
def _beside(workspace: Workspace, run_id: str, finer: Cut, coarser: Cut) -> Beside:
    return beside_of(_gallery(workspace, run_id, finer), _gallery(workspace, run_id, coarser))
