"""The Jobs page: what runs and waits, the same in every browser; what ended lately; and the log of one job.

The URL's `job` names the job whose log is open.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.services import access
from hilander.services.access import Action
from hilander.services.door import jobs
from hilander.services.store import JobRow
from hilander.ui import job_panel, url
from hilander.ui.guard import guarded, pressed
from hilander.ui.visit import at_press, may, visit
from hilander.ui.words import escaped, seconds, when

POLL, LOG_POLL = 1.0, 2.0  # s
MOST = 30
BADLY = ("failed", "cancelled", "interrupted")
AGAIN = (
    "cluster",
    "add",
    "import",
    "demo",
    "checkpoint",
    "train",
)  # the others are asked for again where they are shown
ICONS = {
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/cancel:",
    "interrupted": ":material/warning:",
}


def queue() -> None:
    """Every job that runs or waits, in the order in which they were queued, live."""
    shown = _ids(jobs.open_jobs(visit()))

    @st.fragment(run_every=POLL)
    def poll() -> None:
        with guarded():
            now = jobs.open_jobs(visit())
            if _ids(now) != shown:
                url.again()
            for row in now:
                job = jobs.get(visit(), row.id)
                if job is not None:
                    job_panel.live(job, _log_button)

    if not shown:
        st.caption("Nothing runs and nothing waits.")
    poll()


def _ids(rows: list[JobRow]) -> list[str]:
    return [row.id for row in rows]


def ended() -> None:
    """The jobs that ended last, each with its times, its log and a way on."""
    for job in jobs.recent(visit(), MOST):
        with guarded():
            _entry(job)


def _entry(job: JobRow) -> None:
    with st.container(border=True, key=f"ended-{job.id}"):
        words, actions = st.columns([3, 2], vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.markdown(f"{ICONS[job.state]} **{job_panel.title(job)}** · {job.state}")
            st.caption(times(job))
            if job.error:
                st.caption(escaped(job.error))
        with actions.container(horizontal=True, horizontal_alignment="right"):
            may_act = may(Action.CANCEL, access.job(job.id))
            if may_act and job.state in BADLY and job.kind in AGAIN:
                st.button(
                    "Try again",
                    key=f"again-{job.id}",
                    icon=":material/replay:",
                    on_click=partial(_again, job),
                )
            _log_button(job)
            if may_act and (
                job.kind != "train" or job.state == "done"
            ):  # the Train page discards one with what it has learned
                st.button(
                    "Dismiss",
                    key=f"forget-{job.id}",
                    type="tertiary",
                    on_click=pressed(partial(job_panel.dismiss, job.id)),
                )


def times(job: JobRow) -> str:
    """When it was queued, how long it waited and ran, in one line."""
    words = [f"queued {when(job.created)}"]
    if job.started is not None:
        words.append(f"waited {seconds((job.started - job.created).total_seconds())}")
    if job.seconds is not None:
        words.append(f"ran {seconds(job.seconds)}")
    return " · ".join(words if job.ended is None else [*words, f"ended {when(job.ended)}"])


def _again(job: JobRow) -> None:
    with guarded():
        if job.kind == "train":
            jobs.resume_train(visit(), job.id)
        else:
            jobs.retry(visit(), job.id)


def _log_button(job: JobRow) -> None:
    """In a fragment too, which by itself would not draw the log."""
    if jobs.has_log(visit(), job) and st.button(
        "Log", key=f"log-{job.id}", icon=":material/article:", type="tertiary"
    ):
        url.put(job=job.id)
        url.again()


def log() -> None:
    """The log of the job that the URL names, growing while it runs."""
    job_id = url.text("job")
    if job_id is None:
        return
    text = jobs.log_of(visit(), job_id) if jobs.get(visit(), job_id) is not None else ""
    with st.container(border=True, key="log"):
        head, close = st.columns([4, 1], vertical_alignment="center")
        head.markdown(f"**Log of job {escaped(job_id[:64])}**")
        close.button("Close", icon=":material/close:", key="close-log", on_click=partial(url.put, job=None))
        if not text:
            st.info("This job has written nothing, or its log was removed.", icon=":material/info:")
            return
        job = jobs.get(visit(), job_id)
        _text(job_id, live=job is not None and not job.is_over)
        st.download_button(
            "Download the log",
            data=at_press(lambda: jobs.log_of(visit(), job_id).encode()),
            file_name=f"{job_id}.log",
            mime="text/plain",
            icon=":material/download:",
            on_click="ignore",
        )


def _text(job_id: str, *, live: bool) -> None:
    @st.fragment(run_every=LOG_POLL if live else None)
    def grow() -> None:
        st.code(jobs.log_of(visit(), job_id), language=None, height=320, wrap_lines=True)

    grow()
