"""Projections as maps need them: waited for without holding up the page, opened once per server, coloured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.services.access import Action, dataset
from hilander.services.door import projections
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui import opened, url
from hilander.ui.guard import guarded
from hilander.ui.visit import visit
from hilander.ui.words import count, share
from hilander.views.doubt import cluster_doubt, image_doubt
from hilander.views.islands import nearer
from hilander.views.map_colours import group_codes, ramp_codes
from hilander.views.plane import quantised

POLL = 0.5  # s
STAGES = {"reading": "reading", "knn": "finding neighbours", "umap": "moving points"}
Colour = Literal["cluster", "label", "density", "doubt"]


@dataclass(frozen=True)
class Laid:
    """rows : int64 (m,), ascending;  places : uint16 (m, 2);  method and note as a Projection has them."""

    rows: np.ndarray
    places: np.ndarray
    method: str
    note: str


@dataclass(frozen=True)
class Paint:
    """codes : uint8 (m,), see views.map_colours;  low, high : ends of a ramp, in words."""

    codes: np.ndarray
    low: str = ""
    high: str = ""


def laid(dataset_id: str, key: str) -> Laid:
    """A projection that is there."""
    visit().check(Action.VIEW, dataset(dataset_id))
    return _laid(default_workspace(), dataset_id, key)


def paint(key: str, dataset_id: str, run_id: str, cut: Cut, by: Colour) -> Paint:
    """Codes of a projection's points, by the clusters of a cut, by label, or by a figure."""
    visit().check(Action.VIEW, dataset(dataset_id))
    return _paint(default_workspace(), key, dataset_id, run_id, cut=cut, by=by)


def wait_or_draw(dataset_id: str, key: str, n: int, height: int, draw: Callable[[Laid], None]) -> None:
    """Draw the map in a fragment, or say that it is computed; the fragment polls until it is there."""
    waiting = not projections.is_there(visit(), dataset_id, key)

    @st.fragment(run_every=POLL if waiting else None)
    def poll() -> None:
        with guarded():
            there = projections.is_there(visit(), dataset_id, key)
            if not there and projections.result(visit(), dataset_id, key) is None:
                _wait(projections.progress(visit(), dataset_id, key), n, height)
            elif waiting:
                url.again()
            else:
                draw(laid(dataset_id, key))

    poll()


def _wait(now: dict[str, Any], n: int, height: int) -> None:
    with st.container(
        border=True, height=height, horizontal_alignment="center", vertical_alignment="center", gap="xxsmall"
    ):
        st.markdown(f":material/hourglass_top: Laying out {count(n, 'image')} with UMAP …", width="content")
        st.caption("The page can be used meanwhile; next time the map is there at once.", width="content")
        if "fraction" in now:
            stage = STAGES.get(str(now.get("stage")), "working")
            st.progress(min(1.0, float(now["fraction"])), text=f"{stage}, {now['fraction']:.0%}", width=360)


@st.cache_resource(show_spinner=False, max_entries=16)
def _laid(workspace: Workspace, dataset_id: str, key: str) -> Laid:
    found = projections.result(visit(), dataset_id, key)
    assert found is not None
    xy = nearer(found.xy) if found.method == "umap" else found.xy
    return Laid(found.rows, quantised(xy), found.method, found.note)


@st.cache_resource(show_spinner=False, max_entries=16)
def _paint(workspace: Workspace, key: str, dataset_id: str, run_id: str, *, cut: Cut, by: Colour) -> Paint:
    it, gallery, hierarchy = laid(dataset_id, key), opened.gallery(run_id, cut), opened.run(run_id).hierarchy
    if by == "cluster":
        return Paint(group_codes(it.places, gallery.peaks[gallery.place[it.rows]]))
    labels = opened.dataset(dataset_id).labels
    if by == "label" and labels is not None:
        return Paint(group_codes(it.places, labels.codes[it.rows]))
    if by == "density" and hierarchy.n_levels:
        values = hierarchy.density_at(0)[it.rows].astype(np.float64)
    else:
        are_peaks = bool((gallery.peaks[gallery.place[it.rows]] == it.rows).all())
        values = (cluster_doubt if are_peaks else image_doubt)(gallery, hierarchy.link_prob, it.rows)
    codes, low, high = ramp_codes(values)
    return Paint(codes, *("" if np.isnan(end) else share(end) for end in (low, high)))
