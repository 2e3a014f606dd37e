"""The settings of a clustering, each with one line of help."""

from __future__ import annotations

import streamlit as st

from hilander.config import ClusterConfig, Device, KnnMethod
from hilander.services.checkpoints import Choice
from hilander.services.store import DatasetRow
from hilander.ui.checkpoint_picker import pick_checkpoint
from hilander.ui.words import count

KNN: tuple[KnnMethod, ...] = ("auto", "exact", "approx")
DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda")
MOST_K = 200  # the work grows with k squared, and nobody has use for more
EARLY_STOP: dict[str, bool | None] = {"checkpoint's own": None, "on": True, "off": False}


def settings_form(dataset: DatasetRow) -> ClusterConfig | None:
    """Draw the settings; a ClusterConfig when Start is pressed."""
    checkpoint = pick_checkpoint(dataset.dim)
    usual_k = min(checkpoint.k, MOST_K)
    if st.session_state.get("k-of") != checkpoint.id:  # another checkpoint begins with its own k
        st.session_state["k-of"], st.session_state["k"] = checkpoint.id, usual_k
    one, two, three = st.columns(3, gap="medium")
    with one:
        k = st.number_input(
            "k",
            2,
            MOST_K,
            usual_k,
            key="k",
            help="Neighbours looked at, the image itself counted. More joins more; "
            "what the checkpoint was trained for is usual.",
        )
        tau = _tau(checkpoint)
    with two:
        levels = st.number_input(
            "Levels",
            1,
            100,
            10,
            key="levels",
            help="The most levels up to the natural one, where the network finds nothing left to join.",
        )
        early = st.selectbox(
            "Early stop",
            list(EARLY_STOP),
            key="early-stop",
            help="Stop once a level adds only few links (the paper's rule): that is the natural level then.",
        )
        coarser = st.toggle(
            "Coarser levels",
            True,
            key="coarser",
            help="Go on past the natural level, a third fewer clusters a level, until one is left. Takes little time.",
        )
    with three:
        knn = st.selectbox(
            "Neighbour search",
            KNN,
            key="knn",
            help="exact compares all pairs; approx is faster from about 50,000 images on.",
        )
        device = st.selectbox("Device", DEVICES, key="device", help="auto takes a GPU where there is one.")
    pressed = st.button(
        f"Cluster {count(dataset.n, 'image')}",
        key="start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not checkpoint.fits(dataset.dim),
    )
    if not pressed:
        return None
    return ClusterConfig(
        checkpoint.source,
        int(k),
        tau,
        int(levels),
        EARLY_STOP[early],
        coarser=coarser,
        knn=knn,
        device=device,
    )


def _tau(checkpoint: Choice) -> float | None:
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
