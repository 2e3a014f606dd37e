"""What the parts of an opened cluster and the changes of a cut are drawn from, worked out once and kept a while.

All of it follows from a run, a data set and a cut, which never change. A run that is gone is told as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui import opened
from hilander.ui.explored import Explored
from hilander.views.changes import Joins, Step, joined_inside, joins
from hilander.views.members import Members, Order, members_of
from hilander.views.nearest import NearCluster, nearest_clusters
from hilander.views.why import Links, links_of


@dataclass(frozen=True)
class _Cluster:
    """Which cluster: its peak, in a cut of a run of a data set."""

    dataset: str
    run: str
    cut: Cut
    peak: int

    @classmethod
    def of(cls, now: Explored, peak: int) -> Self:
        return cls(now.dataset.row.id, now.run_row.id, now.cut, int(peak))

    def rows(self) -> np.ndarray:
        gallery = opened.gallery(self.run, self.cut)
        return gallery.rows(gallery.place_of(self.peak))


def members(now: Explored, peak: int, order: Order) -> Members:
    """The images of a cluster of this cut, in an order."""
    return _members(default_workspace(), _Cluster.of(now, peak), order)


def links(now: Explored, peak: int) -> Links:
    """The links that hold a cluster of this cut together, weakest first."""
    return _links(default_workspace(), _Cluster.of(now, peak))


def nearest(now: Explored, peak: int, count: int) -> list[NearCluster]:
    """The clusters of this cut nearest to one."""
    return _nearest(default_workspace(), _Cluster.of(now, peak), count)


def changes(now: Explored, step: Step) -> Joins:
    """What this cut joined last, or what would be joined next."""
    return _changes(default_workspace(), now.run_row.id, now.cut, step)


def made_of(now: Explored, peak: int, level: int) -> Joins:
    """The links that made a cluster of a level out of clusters of the level below."""
    return _made_of(default_workspace(), now.run_row.id, peak, level)


@st.cache_resource(show_spinner=False, max_entries=16)
def _members(workspace: Workspace, one: _Cluster, order: Order) -> Members:
    x = opened.dataset(one.dataset).x
    return members_of(opened.run(one.run).hierarchy, x, one.rows(), one.peak, order)


@st.cache_resource(show_spinner=False, max_entries=16)
def _links(workspace: Workspace, one: _Cluster) -> Links:
    return links_of(opened.run(one.run).hierarchy, one.rows(), one.peak)


@st.cache_resource(show_spinner=False, max_entries=256)
def _nearest(workspace: Workspace, one: _Cluster, count: int) -> list[NearCluster]:
    hierarchy, x = opened.run(one.run).hierarchy, opened.dataset(one.dataset).x
    return nearest_clusters(hierarchy, x, opened.gallery(one.run, one.cut), one.peak, count)


@st.cache_resource(show_spinner=False, max_entries=8)
def _changes(workspace: Workspace, run: str, cut: Cut, step: Step) -> Joins:
    return joins(opened.run(run).hierarchy, cut, step)


@st.cache_resource(show_spinner=False, max_entries=16)
def _made_of(workspace: Workspace, run: str, peak: int, level: int) -> Joins:
    return joined_inside(opened.run(run).hierarchy, peak, level)
