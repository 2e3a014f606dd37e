"""What is said of a run, read once a change and shared by all pages: every later look asks for what is new alone."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hilander.services.door import notes
from hilander.services.said import Annotations
from hilander.services.workspace import Workspace, default_workspace
from hilander.ui.visit import visit


def annotated(run_id: str) -> Annotations:
    """Everything said of a run by now."""
    held = _held(default_workspace(), run_id)
    held[0] = found = notes.said_of(visit(), run_id, held[0])
    return found


def excluded(run_id: str) -> NDArray[np.int64]:
    """The rows that are taken out of a run, ascending. InputError when those of before the journal are damaged."""
    notes.take_in_exclusions(visit(), run_id)
    return annotated(run_id).excluded


@st.cache_resource(show_spinner=False, max_entries=16)
def _held(workspace: Workspace, run_id: str) -> list[Annotations]:
    """A place for the newest. Two pages at once may each put theirs there: the older one is brought up to date next."""
    return [Annotations()]
