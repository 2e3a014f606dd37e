"""The checkpoints there are: what each is, what can be done with it, and a way to add one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.services.access import Action, checkpoint
from hilander.services.checkpoints import LONGEST_NAME, Choice, file_name
from hilander.services.door import checkpoints as door
from hilander.services.door import jobs, uploads
from hilander.services.store import CheckpointRow, JobRow
from hilander.services.trash import KEPT
from hilander.ui import job_panel
from hilander.ui.checkpoint_picker import takes
from hilander.ui.guard import guarded
from hilander.ui.visit import at_press, may, visit
from hilander.ui.words import count, escaped, seconds, share, when

MOST_MB = 512
SCORES = ("Fp", "Fb", "NMI")
SCORE_HELP = "On identities that were held out of its training, at the natural level; 1 is perfect."


def checkpoint_list() -> None:
    """All of them, and a form that adds one. Jobs are read before the list: one that ends in between is in it soon."""
    adding = jobs.list_jobs(visit(), kinds=("checkpoint",))
    for choice in door.list_checkpoints(visit()):
        with guarded():
            _entry(choice)
    with guarded():
        _upload(adding)


def _entry(choice: Choice) -> None:
    with st.container(border=True, key=f"checkpoint-{choice.id}"):
        widths = [5, 3, 4] if choice.row else [8, 0.01, 4]
        words, scores, actions = st.columns(widths, vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.markdown(
                f"**{escaped(choice.name)}**" + ("" if choice.row else " :gray-badge[ships with hilander]")
            )
            st.caption(escaped(_facts(choice)))
        with scores:
            if choice.row is not None:
                figures(choice.row)
        with actions.container(horizontal=True, horizontal_alignment="right"):
            _actions(choice)


def _facts(choice: Choice) -> str:
    facts = [f"{choice.kind}, k {choice.k}, tau {choice.tau:g}", takes(choice)]
    if choice.row is None:
        return " · ".join([choice.description.rstrip("."), *facts])
    learned = trained_on(choice.row)
    return " · ".join([learned[0].upper() + learned[1:], *facts, when(choice.row.created)])


def trained_on(row: CheckpointRow) -> str:
    """What it was trained on and how long, as far as that is known."""
    found = row.summary
    words = [f"trained on {row.dataset}" if row.dataset else "uploaded"]
    if "n" in found and "classes" in found:
        words.append(
            f"{count(int(found['n']), 'image')} of {count(int(found['classes']), 'class', 'classes')}"
        )
    if "epochs" in found:
        words.append(count(int(found["epochs"]), "epoch"))
    if "seconds" in found:
        words.append(seconds(float(found["seconds"])))
    return ", ".join(words)


def figures(row: CheckpointRow) -> None:
    """Fp, Fb and NMI on the identities held out, where there were some."""
    known = [name for name in SCORES if name in row.summary]
    if not known:
        st.caption("No identities were held out: no scores.")
        return
    for column, name in zip(st.columns(len(known)), known, strict=True):
        column.metric(name, share(row.summary[name]), help=SCORE_HELP)


def _actions(choice: Choice) -> None:
    if st.button("Cluster with it", key=f"use-{choice.id}", icon=":material/hub:"):
        wanted = {"checkpoint": choice.id} | ({"dataset": d} if (d := _dataset_of(choice)) else {})
        st.switch_page("pages/cluster.py", query_params=wanted)
    st.download_button(
        "",
        at_press(partial(_pack, choice)),
        file_name=f"{file_name(choice)}.zip",
        mime="application/zip",
        key=f"download-{choice.id}",
        icon=":material/download:",
        type="tertiary",
        help="Download as a zip",
        on_click="ignore",
    )
    if choice.row is None or not may(Action.MANAGE, checkpoint(choice.id)):
        return
    if st.button("", key=f"rename-{choice.id}", icon=":material/edit:", type="tertiary", help="Rename"):
        _rename(choice)
    if st.button("", key=f"delete-{choice.id}", icon=":material/delete:", type="tertiary", help="Delete"):
        _delete(choice)


def _pack(choice: Choice) -> bytes:
    return door.pack(visit(), choice)


def _dataset_of(choice: Choice) -> str | None:
    """The data set that this visitor last looked at stands; else Cluster opens what it was trained on."""
    last = st.query_params.get("dataset")
    return last or (choice.row.dataset_id if choice.row else None)


@st.dialog("Rename this checkpoint")
def _rename(choice: Choice) -> None:
    with guarded():
        name = st.text_input("Name", choice.name, key="new-name", max_chars=LONGEST_NAME)
        if st.button("Rename", type="primary", key="rename-confirmed", disabled=not name.strip()):
            door.rename_checkpoint(visit(), choice.id, name)
            st.rerun()


@st.dialog("Delete this checkpoint?")
def _delete(choice: Choice) -> None:
    with guarded():
        st.markdown(
            f"**{escaped(choice.name)}** goes to the trash on the Data page, from where it can be restored for "
            f"{KEPT.days} days. Runs made with it stay."
        )
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                st.rerun()
            if st.button("Delete", type="primary", icon=":material/delete:", key="delete-confirmed"):
                door.delete_checkpoint(visit(), choice.id)
                st.rerun()


def _upload(adding: list[JobRow]) -> None:
    """A checkpoint from elsewhere; the job process checks it before it is kept."""
    job_panel.watch([job for job in adding if not job.is_over])
    job_panel.ended_badly(adding[:1])
    turn = st.session_state.setdefault("checkpoint-turn", 0)
    with st.expander("Add a checkpoint from a file", icon=":material/upload:"):
        file = st.file_uploader(
            "Checkpoint",
            ["zip", "pth", "pt"],
            key=f"checkpoint-file-{turn}",
            max_upload_size=MOST_MB,
            help="A zip as downloaded from this page, or a .pth of the published Hi-LANDER code.",
        )
        name = st.text_input(
            "Name (optional)",
            key=f"checkpoint-name-{turn}",
            max_chars=LONGEST_NAME,
            placeholder="as the file says",
            width=360,
        )
        if st.button("Add", key="add-checkpoint", type="primary", disabled=file is None) and file is not None:
            path = uploads.stage(visit(), file.name, file)
            uploads.submit_checkpoint(visit(), path, name=name)
            st.session_state["checkpoint-turn"] += 1
            st.rerun()
