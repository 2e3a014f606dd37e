"""Trainings as they are: live curves, cancel and resume, and what came of one that is done."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hilander.services.access import Action
from hilander.services.access import job as subject
from hilander.services.door import checkpoints, jobs
from hilander.services.store import JobRow
from hilander.ui import url
from hilander.ui.checkpoint_list import figures, trained_on
from hilander.ui.guard import guarded
from hilander.ui.job_panel import cancel_button, log_button, running_for, waiting
from hilander.ui.train_curves import curves
from hilander.ui.visit import may, visit
from hilander.ui.words import count, escaped, seconds
from hilander.views.learning import Learning, learning

POLL = 1.0  # s
STAGES = {
    "levels": "Building the levels to learn from …",
    "tuning": "Trying tau and k on what is held out …",
    "saving": "Keeping the checkpoint …",
}
WHY = (
    "A checkpoint is the network that judges which images belong together. The one that ships takes any embedding; "
    "one trained on images like yours, whose labels you know, can judge those better."
)
HOW = (
    "Part of the identities is held out: their scores, drawn here while it learns, say how well the network does on "
    "identities it has never seen. The best epoch is kept, and appears below and on the Cluster page."
)


def trainings(rows: Sequence[JobRow]) -> None:
    """The newest training in full, older ones that can go on in short; how it works where there is none."""
    shown = [job for job in rows if job.state != "done" or _is_kept(job)]
    if not shown:
        _explain()
        return
    watch([job for job in shown if not job.is_over])
    for job in shown:
        newest = job is shown[0]
        if job.is_over and job.state != "done":
            _stopped(job, in_full=newest)
        elif job.is_over and newest:
            _done(job)


def _explain() -> None:
    with st.container(border=True, key="train-explained"):
        st.markdown(f":material/model_training: {WHY}")
        st.markdown(HOW)


def _is_kept(job: JobRow) -> bool:
    return checkpoints.checkpoint(visit(), job.settings["checkpoint"]) is not None


def watch(rows: Sequence[JobRow]) -> None:
    """Show these trainings live, until one ends: then the whole page is drawn again."""
    if not rows:
        return
    watched = [row.id for row in rows]

    @st.fragment(run_every=POLL)
    def poll() -> None:
        with guarded():
            now = [jobs.get(visit(), job_id) for job_id in watched]
            if any(job is None or job.is_over for job in now):
                url.again()
            for job in now:
                if job is not None:
                    _live(job)

    poll()


def _live(job: JobRow) -> None:
    learned = learning(job.history)
    with st.container(border=True, key=f"training-{job.id}"):
        words, action = st.columns([3, 1], vertical_alignment="center")
        words.markdown(f"**Training {escaped(job.name)}**")
        with action:
            cancel_button(
                job, "What it has learned up to the last finished epoch is kept: it can go on later."
            )
        st.progress(min(1.0, float(job.progress.get("fraction", 0.0))), text=where(job, learned))
        _curves(job, learned)


def _curves(job: JobRow, learned: Learning) -> None:
    curves(learned, key=f"curves-{job.id}", validated=job.settings["config"]["validation"] > 0)


def where(job: JobRow, learned: Learning) -> str:
    """Where a training stands, in one line."""
    if job.state == "queued" or not job.progress:
        return waiting(job)
    now = job.progress
    if now["stage"] != "epochs":
        return " · ".join([STAGES[now["stage"]], *running_for(job)])
    words = [f"Epoch {now['epoch']:,} of {now['epochs']:,}"]
    if learned.seconds_left is not None:
        words.append(f"{seconds(learned.seconds_left)} left at most")
    return " · ".join([*words, *(f"{it} so far" for it in running_for(job))])


def _stopped(job: JobRow, *, in_full: bool) -> None:
    """Cancelled, interrupted or failed: why, and the way on; `in_full` with its curves."""
    can_resume = jobs.can_resume(visit(), job)
    show = {"failed": st.error, "interrupted": st.warning, "cancelled": st.info}[job.state]
    with st.container(border=True, key=f"training-{job.id}"):
        st.markdown(f"**{escaped(job.name)}**")
        show(_why_stopped(job, can_resume=can_resume))
        with st.container(horizontal=True):
            _ways_on(job, can_resume=can_resume)
        if in_full:
            _curves(job, learning(job.history))


def _ways_on(job: JobRow, *, can_resume: bool) -> None:
    may_go_on = may(Action.CANCEL, subject(job.id))
    if may_go_on:
        st.button(
            "Resume" if can_resume else "Try again",
            key=f"resume-{job.id}",
            icon=":material/resume:" if can_resume else ":material/replay:",
            type="primary" if can_resume else "secondary",
            on_click=_resume,
            args=(job.id,),
        )
    log_button(job)
    if may_go_on and st.button("Discard", key=f"discard-{job.id}", type="tertiary"):
        _confirm_discard(job)


def _why_stopped(job: JobRow, *, can_resume: bool) -> str:
    epochs = f" after {count(len(job.history), 'epoch')}" if job.history else ""
    if job.state == "interrupted" and can_resume:
        return (
            f"Interrupted{epochs}: the process that trained ended. What it learned is kept; resume to go on."
        )
    said = f"{job.state.capitalize()}{epochs}." + (f" {escaped(job.error)}" if job.error else "")
    return f"{said} What it learned is kept." if can_resume else said


def _resume(job_id: str) -> None:
    with guarded():
        jobs.resume_train(visit(), job_id)


@st.dialog("Discard this training?")
def _confirm_discard(job: JobRow) -> None:
    with guarded():
        st.markdown(f"**{escaped(job.name)}** could not go on any more. This cannot be undone.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                url.again()
            if st.button("Discard", type="primary", icon=":material/delete:", key="discard-confirmed"):
                jobs.discard_train(visit(), job.id)
                url.again()


def _done(job: JobRow) -> None:
    row = checkpoints.checkpoint(visit(), job.settings["checkpoint"])
    if row is None:
        return
    with st.container(border=True, key="trained"):
        st.success(escaped(f"{row.name}: {trained_on(row)}."), icon=":material/check_circle:")
        figures(row)
        if st.button(
            "Cluster with it", type="primary", icon=":material/hub:", width="stretch", key="cluster-with-it"
        ):
            st.switch_page(
                "pages/cluster.py", query_params={"dataset": str(job.dataset_id), "checkpoint": row.id}
            )
        _curves(job, learning(job.history))
