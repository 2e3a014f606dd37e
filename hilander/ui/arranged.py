"""What gallery and search derive from a run and its data set, kept once per server and shared by all pages.

Filters that stand for images (text, label, branch) are resolved here; the rest is `views.arrange`.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.services.datasets import Dataset
from hilander.services.search import Near, near_image, near_vectors
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui import opened
from hilander.ui.explored import Explored
from hilander.views.arrange import Arranged, Order, Wanted, arrange
from hilander.views.figures import Figures, figures_of
from hilander.views.search import TextIndex, text_index


def figures(now: Explored) -> Figures:
    """Weakest link, purity and the like of every cluster of the cut."""
    return _figures(default_workspace(), now.dataset.row.id, now.run_row.id, now.cut)


def arranged(now: Explored, order: Order, wanted: Wanted) -> Arranged:
    """The clusters wanted, in that order."""
    return _arranged(default_workspace(), (now.dataset.row.id, now.run_row.id), now.cut, order, wanted)


def rows_with(dataset: Dataset, text: str) -> np.ndarray:
    """Images with a text in their id, the best matches first."""
    return _rows_with(default_workspace(), dataset.row.id, text)


def labels_with(dataset: Dataset, text: str) -> np.ndarray:
    """Codes of the labels with a text in them, the best matches first."""
    return _label_index(default_workspace(), dataset.row.id).containing(text)


def rows_of_labels(dataset: Dataset, codes: np.ndarray) -> np.ndarray:
    """Images that have one of these labels, ascending."""
    if dataset.labels is None or not len(codes):
        return np.empty(0, np.int64)
    wanted = np.zeros(len(dataset.labels.class_names) + 1, bool)  # the last for -1, unknown
    wanted[codes] = True
    return np.flatnonzero(wanted[dataset.labels.codes])


def near(now: Explored, row: int, most: int) -> Near:
    """The images most similar to one."""
    return _near(default_workspace(), now.dataset.row.id, now.run_row.id, row, most)


def nearest(dataset: Dataset, vectors: np.ndarray, most: int) -> list[Near]:
    """The images nearest to each of a few vectors."""
    return _nearest(default_workspace(), dataset.row.id, vectors.tobytes(), most)


@st.cache_resource(show_spinner=False, max_entries=6)
def _figures(workspace: Workspace, dataset_id: str, run_id: str, cut: Cut) -> Figures:
    labels = opened.dataset(dataset_id).labels
    codes = None if labels is None else labels.codes
    return figures_of(opened.gallery(run_id, cut), opened.run(run_id).hierarchy, cut, codes)


@st.cache_resource(show_spinner=False, max_entries=8)
def _arranged(workspace: Workspace, ids: tuple[str, str], cut: Cut, order: Order, wanted: Wanted) -> Arranged:
    dataset_id, run_id = ids
    dataset, hierarchy = opened.dataset(dataset_id), opened.run(run_id).hierarchy

    def text() -> np.ndarray:
        labelled = rows_of_labels(dataset, labels_with(dataset, wanted.text))
        return np.concatenate([rows_with(dataset, wanted.text), labelled])

    def labelled() -> np.ndarray:
        names = [] if dataset.labels is None else dataset.labels.class_names
        return rows_of_labels(dataset, np.array([i for i, it in enumerate(names) if it == wanted.label], int))

    def branch() -> np.ndarray:
        image, level = wanted.branch or (0, 0)
        peak = hierarchy.peak_of(level)
        return np.asarray(peak == peak[image])

    rows = {"text": text, "label": labelled, "branch": branch}
    gallery = opened.gallery(run_id, cut)
    return arrange(gallery, _figures(workspace, dataset_id, run_id, cut), order, wanted, rows)


@st.cache_resource(show_spinner=False, max_entries=4)
def _id_index(workspace: Workspace, dataset_id: str) -> TextIndex:
    return text_index(opened.dataset(dataset_id).ids)


@st.cache_resource(show_spinner=False, max_entries=4)
def _label_index(workspace: Workspace, dataset_id: str) -> TextIndex:
    labels = opened.dataset(dataset_id).labels
    return text_index([] if labels is None else labels.class_names)


@st.cache_resource(show_spinner=False, max_entries=64)
def _near(workspace: Workspace, dataset_id: str, run_id: str, row: int, most: int) -> Near:
    return near_image(opened.dataset(dataset_id).x, row, most, opened.run(run_id).graph)


@st.cache_resource(show_spinner=False, max_entries=8)
def _rows_with(workspace: Workspace, dataset_id: str, text: str) -> np.ndarray:
    return _id_index(workspace, dataset_id).containing(text)


@st.cache_resource(show_spinner=False, max_entries=16)
def _nearest(workspace: Workspace, dataset_id: str, vectors: bytes, most: int) -> list[Near]:
    dataset = opened.dataset(dataset_id)
    return near_vectors(dataset.x, np.frombuffer(vectors, np.float32).reshape(-1, dataset.row.dim), most)
