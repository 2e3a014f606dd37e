"""Choosing a checkpoint: those that ship and the workspace's own; what is chosen stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from hilander.errors import InputError
from hilander.services.checkpoints import Choice
from hilander.services.door import checkpoints
from hilander.ui import url
from hilander.ui.visit import visit
from hilander.ui.words import count, escaped, on
from hilander.views.told_apart import told_apart


def list_checkpoints() -> list[Choice]:
    """Those that the visitor may cluster with."""
    return checkpoints.list_checkpoints(visit())


def pick_checkpoint(dim: int) -> Choice:
    """The checkpoint to cluster with; those that do not take embeddings of `dim` numbers say so."""
    known = {choice.id: choice for choice in list_checkpoints()}
    if not known:
        raise InputError(
            "No checkpoint is installed. Expected some in assets/checkpoints: clone the repository again."
        )
    titles = told_apart({name: _title(choice, dim) for name, choice in known.items()})
    changed = url.bind("checkpoint", _wanted(known), lambda value: url.put(checkpoint=value))
    chosen = known[
        st.selectbox(
            "Checkpoint",
            list(known),
            format_func=titles.__getitem__,
            key="checkpoint",
            on_change=changed,
            help="The trained network that decides which images to link.",
        )
    ]
    st.caption(escaped(f"{chosen.description} {takes(chosen)}."))
    if not chosen.fits(dim):
        st.error(
            f"This checkpoint takes embeddings of {_dims(chosen)}, the data set has {dim:,}. "
            "Choose another, or train one on such embeddings.",
            icon=":material/error:",
        )
    return chosen


def takes(choice: Choice) -> str:
    """Which embeddings it is for, in words."""
    return f"For embeddings of {_dims(choice)}" if choice.dims else "For any embeddings"


def _wanted(known: Mapping[str, Choice]) -> str:
    """What the URL asks for, else the default; a link to a deleted one is told."""
    wanted = url.text("checkpoint")
    if wanted is not None and wanted in known:
        return wanted
    if wanted is not None:
        st.warning("The checkpoint of this link is gone (deleted?). The default is chosen.")
        url.put(checkpoint=None)
    return next(iter(known))


def _title(choice: Choice, dim: int) -> str:
    words = [choice.name]
    if choice.row is not None:
        words.append(on(choice.row.created))
    if not choice.fits(dim):
        words.append(f"only for {_dims(choice)}")
    return " · ".join(words)


def _dims(choice: Choice) -> str:
    return " or ".join(count(dim, "dimension") for dim in choice.dims)
