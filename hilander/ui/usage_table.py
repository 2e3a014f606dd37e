"""What everybody uses, for administrators of a server where people sign in."""

from __future__ import annotations

import streamlit as st

from hilander.services.access import SERVER, Action
from hilander.services.disk import readable
from hilander.services.door import people
from hilander.ui import person
from hilander.ui.visit import may, visit

NUMBERS = ("Data sets", "Images", "Jobs, 30 days")


def usage_table() -> None:
    """Nothing for whoever is no administrator, and where nobody signs in."""
    if not person.signs_in() or not may(Action.SEE_USAGE, SERVER):
        return
    with st.expander(
        "What everybody uses", icon=":material/monitoring:", key="usage", on_change="rerun"
    ) as usage:
        if usage.open:
            _table()


def _table() -> None:
    rows = [
        {
            "Person": use.person,
            "E-mail": use.email,
            "Data sets": use.datasets,
            "Images": use.images,
            "Disk": readable(use.bytes),
            "Jobs, 30 days": use.jobs,
        }
        for use in people.usage(visit())
    ]
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in NUMBERS},
    )
    st.caption("Disk: data sets with their runs. Jobs: those that are still listed.")
