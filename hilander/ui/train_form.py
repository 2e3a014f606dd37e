"""The settings of a training, each with one line of help; what is rarely changed is folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import streamlit as st

from hilander.config import Device
from hilander.services.store import DatasetRow
from hilander.services.training import check_labels, default_name
from hilander.train.config import USUAL, EncoderName, Model, TrainConfig
from hilander.ui.guard import guarded
from hilander.ui.words import count, escaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

KS = (3, 5, 8, 10, 15, 20, 30, 50, 80)
USUALLY = TrainConfig()
LEVELS = max(USUALLY.level_counts.values())
MODELS: dict[Model, str] = {
    "relational": "For any embedding",
    "lander": "For this embedding alone",
}
ABOUT: dict[Model, str] = {
    "relational": "relational: looks at similarities only, so the checkpoint also serves embeddings of other models.",
    "lander": "lander, the paper's network: reads the embedding itself, so the checkpoint is for {dim} dimensions "
    "of this very model. Wants many identities.",
}

TUNE: dict[Model, str] = {
    "relational": "Choose tau and k by what is held out, when the training is over.",
    "lander": "Choose tau and k by what is held out, and whether a node is its peak's embedding alone or also the mean "
    "of its images: trained both ways, so it takes twice as long.",
}


def train_form(dataset: DatasetRow, labels: NDArray[np.int64]) -> tuple[TrainConfig, str] | None:
    """Draw the settings; config and name when Start is pressed. `labels` int64 (n,), -1 unknown."""
    used = int((labels >= 0).sum())
    model = (
        st.segmented_control(
            "Network",
            list(MODELS),
            default="relational",
            required=True,
            format_func=MODELS.__getitem__,
            key="model",
        )
        or "relational"
    )
    st.caption(escaped(ABOUT[model].format(dim=dataset.dim)))
    values: dict[str, Any] = {"model": model} | _usual_settings()
    held_out = values["validation"] > 0
    values["tune"] = st.checkbox("Tune", key="tune", disabled=not held_out, help=TUNE[model]) and held_out
    with st.expander("Advanced", icon=":material/tune:"):
        values |= _advanced(model)
    name = st.text_input(
        "Name of the checkpoint",
        default_name(dataset.name, TrainConfig(model=model)),
        key=f"name-{dataset.id}-{model}",
        max_chars=80,
    )
    config = _checked(values, labels)
    pressed = st.button(
        f"Train on {count(used, 'image')}",
        key="start-training",
        type="primary",
        icon=":material/model_training:",
        disabled=config is None or not name.strip(),
    )
    return (config, name) if pressed and config is not None else None


def _checked(values: dict[str, Any], labels: NDArray[np.int64]) -> TrainConfig | None:
    """The settings, if these labels can be trained on with them; else the page says why not."""
    with guarded():
        config = TrainConfig(**values)
        check_labels(labels, config)
        return config
    return None


def _usual_settings() -> dict[str, Any]:
    one, two = st.columns(2, gap="medium")
    with one:
        epochs = st.number_input(
            "Epochs",
            1,
            10_000,
            USUALLY.epochs,
            key="epochs",
            help="Passes over all levels; it may stop earlier.",
        )
        ks = st.multiselect(
            "k",
            sorted({*KS, *USUALLY.ks}),
            sorted(USUALLY.ks, reverse=True),
            key="ks",
            help="Graphs of each of these k are learned from together; the largest becomes the checkpoint's own.",
        )
    with two:
        levels = st.number_input(
            "Levels", 1, 20, LEVELS, key="levels", help="The most levels of each k to learn from."
        )
        validation = st.slider(
            "Held out",
            0,
            50,
            round(100 * USUALLY.validation),
            5,
            format="%d %%",
            key="validation",
            help="Share of the identities kept out of training, to see how well it does on new ones.",
        )
    return {"epochs": int(epochs), "ks": tuple(ks), "levels": int(levels), "validation": validation / 100}


def _advanced(model: Model) -> dict[str, Any]:
    usual = USUAL[model]
    one, two = st.columns(2, gap="medium")
    with one:
        patience = st.number_input(
            "Patience",
            0,
            10_000,
            USUALLY.patience,
            key="patience",
            help="Stop after so many epochs without a better score on what is held out; 0 never stops early.",
        )
        tau = st.slider(
            "tau",
            0.0,
            1.0,
            USUALLY.tau,
            0.01,
            key="train-tau",
            help="The checkpoint's own threshold for links.",
        )
        rate = st.number_input(
            "Learning rate",
            0.00001,
            10.0,
            float(usual["learning_rate"]),
            format="%.5f",
            key=f"rate-{model}",
            help="At the start; it falls to 0. Lower it when training diverges.",
        )
        seed = st.number_input("Seed", 0, 2**31, 0, key="seed", help="Same seed, same data: same checkpoint.")
    with two:
        hidden = st.number_input(
            "Width", 2, 8192, int(usual["hidden"]), key=f"hidden-{model}", help="Of the network's layers."
        )
        batch = st.number_input(
            "Batch", 1, 10**7, USUALLY.batch, key="batch", help="Nodes in one step; fewer need less memory."
        )
        rounds = st.number_input(
            "Own rounds",
            0,
            100,
            USUALLY.own_rounds,
            key="own-rounds",
            help="Times that the network's own levels are built and learned from, beside the true ones.",
        )
        device = st.selectbox(
            "Device", get_args(Device), key="device", help="auto takes a GPU where there is one."
        )
    values = {"patience": int(patience), "tau": tau, "learning_rate": rate, "seed": int(seed)}
    values |= {"hidden": int(hidden), "batch": int(batch), "own_rounds": int(rounds), "device": device}
    return values | (_of_lander() if model == "lander" else {})


def _of_lander() -> dict[str, Any]:
    encoder = st.selectbox(
        "Encoder", get_args(EncoderName), key="encoder", help="gat: attention; gcn: graph convolution."
    )
    features = st.checkbox(
        "Cluster features",
        key="cluster-features",
        help="Give it each node's average embedding beside its peak's.",
    )
    return {"encoder": encoder, "cluster_features": features}
