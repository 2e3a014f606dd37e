"""The settings of a clustering, each with one line of help."""

from __future__ import annotations

import streamlit as st

from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig, Device, KnnMethod
from hilander.errors import InputError
from hilander.model.checkpoint_info import CheckpointInfo, list_checkpoints
from hilander.services.store import DatasetRow
from hilander.ui.words import count, escaped

KNN: tuple[KnnMethod, ...] = ("auto", "exact", "approx")
DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda")
MOST_K = 200  # the work grows with k squared, and nobody has use for more
EARLY_STOP: dict[str, bool | None] = {"checkpoint's own": None, "on": True, "off": False}


def settings_form(dataset: DatasetRow) -> ClusterConfig | None:
    """Draw the settings; a ClusterConfig when Start is pressed."""
    checkpoint = _checkpoint()
    one, two, three = st.columns(3, gap="medium")
    with one:
        k = st.number_input(
            "k",
            2,
            MOST_K,
            10,
            key="k",
            help="Neighbours looked at, the image itself counted. More joins more. 10 is usual.",
        )
        tau = _tau(checkpoint)
    with two:
        levels = st.number_input(
            "Levels",
            1,
            100,
            10,
            key="levels",
            help="The most levels to build; it ends earlier when nothing is left to join.",
        )
        early = st.selectbox(
            "Early stop",
            list(EARLY_STOP),
            key="early-stop",
            help="Stop once a level adds only few links (the paper's rule).",
        )
    with three:
        knn = st.selectbox(
            "Neighbour search",
            KNN,
            key="knn",
            help="exact compares all pairs; approx is faster from about 50,000 images on.",
        )
        device = st.selectbox("Device", DEVICES, key="device", help="auto takes a GPU where there is one.")
    if checkpoint.dim not in (None, dataset.dim):
        st.error(
            f"This checkpoint reads {checkpoint.dim} dimensions, the data set has {dataset.dim}. Choose another."
        )
    pressed = st.button(
        f"Cluster {count(dataset.n, 'image')}",
        key="start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=checkpoint.dim not in (None, dataset.dim),
    )
    if not pressed:
        return None
    return ClusterConfig(checkpoint.name, int(k), tau, int(levels), EARLY_STOP[early], knn=knn, device=device)


def _checkpoint() -> CheckpointInfo:
    known = {info.name: info for info in list_checkpoints()}
    if not known:
        raise InputError(
            "No checkpoint is installed. Expected some in assets/checkpoints: clone the repository again."
        )
    names = sorted(known, key=lambda name: name != DEFAULT_CHECKPOINT)
    chosen = known[
        st.selectbox(
            "Checkpoint",
            names,
            format_func=lambda name: known[name].title or name,
            key="checkpoint",
            help="The trained network that decides which images to link.",
        )
    ]
    fits = "" if chosen.dim is None else f" For embeddings of {chosen.dim} dimensions."
    st.caption(escaped(f"{chosen.description}{fits}"))
    return chosen


def _tau(checkpoint: CheckpointInfo) -> float | None:
    own = st.toggle(
        f"Default tau ({checkpoint.tau:g})",
        True,
        key="own-tau",
        help="The checkpoint's own threshold: links less likely than tau are not made. Switch off to set it.",
    )
    if own:
        return None
    return st.slider(
        "tau",
        0.0,
        1.0,
        checkpoint.tau,
        0.01,
        key="tau",
        help="Higher gives more, smaller clusters. Changing tau needs a new run.",
    )
