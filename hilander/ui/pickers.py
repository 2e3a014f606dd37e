"""Choosing a data set and a run; what is chosen stands in the URL."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hilander.services.door import runs
from hilander.services.store import DatasetRow, RunRow
from hilander.ui import url
from hilander.ui.visit import visit
from hilander.ui.words import count, on, when
from hilander.views.told_apart import told_apart

OPEN_NOTHING = {
    "run": None,
    "level": None,
    "cluster": None,
    "view": None,
    "page": None,
    "branch": None,
    "from": None,
}


def pick_dataset(rows: Sequence[DatasetRow], chosen: str) -> None:
    names = told_apart({row.id: f"{row.name} · {count(row.n, 'image')}" for row in rows})
    changed = url.bind("dataset", chosen, lambda value: url.put(dataset=value, **OPEN_NOTHING))
    st.selectbox("Data set", list(names), format_func=names.__getitem__, key="dataset", on_change=changed)


def pick_run(dataset_id: str, chosen: str) -> None:
    names = told_apart({row.id: _run_choice(row) for row in runs.runs(visit(), dataset_id)})
    changed = url.bind("run", chosen, lambda value: url.put(**(OPEN_NOTHING | {"run": value})))
    st.selectbox("Run", list(names), format_func=names.__getitem__, key="run", on_change=changed)


def run_title(row: RunRow) -> str:
    """A run in a few words: its name says its settings."""
    return f"{row.name} · {when(row.created)}"


def _run_choice(row: RunRow) -> str:
    return f"{row.name} · {count(int(row.summary['clusters']), 'cluster')} · {on(row.created)}"
