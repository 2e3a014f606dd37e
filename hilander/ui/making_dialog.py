"""How a run was made: by which checkpoint and weights, how its neighbours were searched, and what its stages took.

A quiet button beside the run, and a dialog. A run of an older version says less of it; the dialog then says that.
"""

from __future__ import annotations

import math

import streamlit as st

from hilander.hierarchy.making import ADDED, Making
from hilander.services.store import RunRow
from hilander.ui import opened, url
from hilander.ui.guard import guarded
from hilander.ui.words import count, escaped, on, seconds

HOW = "How this run was made"
STAGES = {"knn": "finding neighbours", "links": "judging links", "merge": "joining"}
WHERE = {"cpu": " on the CPU", "cuda": " on a GPU"}
_ASKED = "making-asked"


def making_button(row: RunRow) -> None:
    asked = f"{_ASKED}-{row.id}"
    st.button(
        "",
        key=f"making-{row.id}",
        icon=":material/info:",
        type="tertiary",
        help=HOW,
        on_click=url.held(st.session_state.__setitem__, asked, True),
    )
    if st.session_state.pop(asked, False):
        _dialog(row)


@st.dialog(HOW, width="medium")
def _dialog(row: RunRow) -> None:
    with guarded():
        made = Making.of(opened.run(row.id).meta)
        st.markdown(f"**{escaped(row.name)}**")
        st.table(facts(row, made), border="horizontal", hide_header=True)
        if made.weights:
            st.caption("SHA-256 of the checkpoint's weights. Runs that say the same had the same network.")
            st.code(made.weights, language=None, wrap_lines=True)
        if not (made.weights and made.stages):
            st.caption("It was made by an older version of hilander, which kept less of how.")


def facts(row: RunRow, made: Making) -> dict[str, str]:
    """What is known of its making: name to words, for places that read Markdown."""
    took = float(row.summary["seconds"]) if made.seconds is None else made.seconds
    settings = (f"k {made.k}" if made.k else "", "" if made.tau is None else f"tau {made.tau:g}")
    known = {
        "Made": on(row.created),
        "Checkpoint": " · ".join(filter(None, (escaped(made.checkpoint or ""), *settings))),
        "Neighbours": _neighbours(made),
        "Time": f"{seconds(took)}{WHERE.get((made.device or '').partition(':')[0], '')}",
        "Stages": " · ".join(
            f"{name} {_spent(made.stages[stage])}"
            for stage, name in STAGES.items()
            if made.stages and stage in made.stages
        ),
        "Added": _added(row),
        "Versions": escaped(", ".join(f"{name} {it}" for name, it in (made.versions or {}).items())),
    }
    return {name: words for name, words in known.items() if words}


def _added(row: RunRow) -> str:
    """What was added since the last full run, which all the rest is about."""
    found = row.summary.get(ADDED)
    if not found:
        return ""
    since = int(found["old"]) + int(found["new"]) - int(found["full"])
    took = seconds(float(row.summary["seconds"]))
    last = "" if since == found["new"] else f"; the last {int(found['new']):,} of them"
    return f"{count(since, 'image')} to the {int(found['full']):,} of the last full run{last} in {took}"


def _neighbours(made: Making) -> str:
    """How they were searched among the images, and how many of the true ones were found."""
    if made.search == "exact":
        return "all pairs of images compared"
    if made.recall is None:
        return ""
    if made.recall == 1:
        return "all true neighbours found"
    return f"approximate search: {_floor(made.recall):.1%} of the true neighbours found, by a sample"


def _floor(share: float) -> float:
    """To a tenth of a per cent, never up: 99.96% is not all."""
    return math.floor(share * 1000 + 1e-6) / 1000


def _spent(value: float) -> str:
    return seconds(value) if value >= 0.05 else "under 0.1 s"
