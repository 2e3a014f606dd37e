"""Images without embeddings: which embedder is to make them, ours or an ONNX file of the person's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import streamlit as st

from hilander.config import Device
from hilander.embed.order import DEFAULT, Embedder, embedder_description
from hilander.ui.words import escaped

BUILT_IN, OWN = "Built-in", "My ONNX file"
SETTINGS_HELP = (
    "How images become the network's input: size, fit, interpolation, colour, scale, mean, std, ... "
    "`hilander embed --help` lists them. Without it the size is read off the network and the numbers are ImageNet's."
)
Pick = Callable[[str, list[str], str, str], Path | None]


def choose(turn: int, pick: Pick) -> Embedder | None:
    """The embedder that was chosen; None while its file is missing. `pick` draws a file field."""
    with st.container(border=True, key="embed-images"):
        st.markdown(
            "**Embed these images.** They come without embeddings: these can be computed first, as part of the import."
        )
        which = st.segmented_control(
            "Embedder", [BUILT_IN, OWN], default=BUILT_IN, required=True, key=f"embedder-{turn}"
        )
        if which == OWN:
            return _own(turn, pick)
        st.caption(escaped(embedder_description(DEFAULT)))
        return Embedder()


def _own(turn: int, pick: Pick) -> Embedder | None:
    one, two, three = st.columns(3, gap="medium")
    with one:
        model = pick(
            "ONNX file",
            ["onnx"],
            f"model-{turn}",
            "One file with its weights inside, taking images and giving one vector each: the image part of CLIP, "
            "DINO, a face network, ...",
        )
    with two:
        settings = pick("Preprocessing (optional)", ["json"], f"preprocess-{turn}", SETTINGS_HELP)
    with three:
        device: Device = st.selectbox(
            "Device",
            get_args(Device),
            key=f"embed-device-{turn}",
            help="auto takes a GPU where onnxruntime has one.",
        )
    if model is None:
        st.caption("Choose the ONNX file that is to embed them.")
        return None
    return Embedder(str(model), settings, device=device)
