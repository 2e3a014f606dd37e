"""The finished runs of a data set, each a way into the explorer."""

from __future__ import annotations

import streamlit as st

from hilander.services.access import Action, run
from hilander.services.door import runs
from hilander.services.store import RunRow
from hilander.services.trash import KEPT
from hilander.ui.add_dialog import add_button, due_now
from hilander.ui.guard import guarded
from hilander.ui.making_dialog import making_button
from hilander.ui.pickers import run_title
from hilander.ui.visit import may, visit
from hilander.ui.words import count, escaped, seconds


def run_list(dataset_id: str) -> None:
    rows = runs.runs(visit(), dataset_id)
    if not rows:
        return
    st.subheader("Runs of this data set", anchor=False)
    for row in rows:
        _entry(row)


def _entry(row: RunRow) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run-{row.id}"):
        with st.container(gap="xxsmall"):
            st.markdown(f"**{escaped(run_title(row))}**")
            st.caption(run_facts(row))
        making_button(row)
        add_button(row)
        if st.button("Explore", key=f"explore-{row.id}", icon=":material/account_tree:"):
            st.switch_page("pages/explore.py", query_params={"dataset": row.dataset_id, "run": row.id})
        if may(Action.DELETE, run(row.id)) and st.button(
            "", key=f"delete-{row.id}", icon=":material/delete:", type="tertiary", help="Delete this run"
        ):
            _confirm(row)


@st.dialog("Delete this run?")
def _confirm(row: RunRow) -> None:
    with guarded():
        st.markdown(
            f"**{escaped(run_title(row))}** with its saved cuts goes to the trash on the Data page, from where it can "
            f"be restored for {KEPT.days} days."
        )
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                st.rerun()
            if st.button("Delete", type="primary", icon=":material/delete:", key="delete-confirmed"):
                runs.delete_run(visit(), row.id)
                st.rerun()


def run_facts(row: RunRow) -> str:
    """What came out, in one line."""
    found = row.summary
    levels, clusters = count(int(found["n_levels"]), "level"), count(int(found["clusters"]), "cluster")
    at = f"at the natural level ({found['natural_level']})"
    if stopped := stopped_as_asked(row):
        at = f"at level {found['natural_level']} · {stopped}"
    late = " · a full run is due" if due_now(row) else ""
    return f"{levels} · {clusters} {at} · {seconds(float(found['seconds']))}{late}"


def stopped_as_asked(row: RunRow) -> str:
    """What to say of a run that its Levels setting ended, and not the network: it has no natural level. Else empty."""
    levels = int(row.summary["natural_level"])
    return f"stopped after {count(levels, 'level')}, as asked" if levels == row.settings.get("levels") else ""
