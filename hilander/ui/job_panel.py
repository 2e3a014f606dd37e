"""Jobs as they are: live progress, cancel, and what can be done with one that ended badly.

The page polls the store, so a job goes on without it and is found again by any page that looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from hilander.services import access
from hilander.services.access import Action
from hilander.services.door import datasets, jobs, runs
from hilander.services.imports import SAME
from hilander.services.store import DatasetRow, JobRow, RunRow
from hilander.ui import add_dialog, opened, shift_notice, url
from hilander.ui.guard import guarded, pressed
from hilander.ui.run_list import run_facts
from hilander.ui.visit import may, visit
from hilander.ui.words import escaped, seconds, when

POLL = 0.6  # s
RECENT = timedelta(minutes=30)
VERBS = {
    "cluster": "Clustering",
    "add": "Adding images to",
    "import": "Importing",
    "checkpoint": "Checking",
    "demo": "Preparing the demo data sets",
    "train": "Training",
    "projection": "Laying out a cluster of",
    "map": "Laying out the map of",
    "export": "Packing images of",
}
STAGES = {
    "knn": "finding neighbours",
    "links": "judging links",
    "merge": "joining",
    "joining": "writing the data set of all",
    "done": "done",
    "waiting": "waiting for another import of the same files",
    "reading": "reading the files",
    "embedding": "embedding the images",
    "embeddings": "reading the embeddings",
    "comparing": "comparing with a data set that is there",
    "thumbnails": "making thumbnails",
    "saving": "saving",
}


def watch(rows: Sequence[JobRow]) -> None:
    """Show these jobs live, until one ends: then the whole page is drawn again."""
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
                    live(job)

    poll()


def live(job: JobRow, below: Callable[[JobRow], None] | None = None) -> None:
    """One job that runs or waits: its progress, a button that stops it, and what `below` draws."""
    with st.container(border=True, key=f"job-{job.id}"):
        words, action = st.columns([3, 1], vertical_alignment="center")
        words.markdown(f"**{title(job)}**")
        if job.kind != "demo":
            with action:
                cancel_button(job)
        stage, fraction = _phase(job)
        st.progress(fraction, text=_where(job, stage))
        if job.kind == "cluster":
            level_progress(job)
        if below is not None:
            below(job)


def cancel_button(job: JobRow, told: str | None = None) -> None:
    """Nothing for those who may not press it."""
    if may(Action.CANCEL, access.job(job.id)):
        st.button(
            "Cancelling …" if job.cancel else "Cancel",
            key=f"cancel-{job.id}",
            disabled=job.cancel,
            width="stretch",
            help=told,
            on_click=pressed(_cancel),
            args=(job.id,),
        )


def _cancel(job_id: str) -> None:
    if jobs.get(visit(), job_id) is not None:  # else it is over, and gone
        jobs.cancel(visit(), job_id)


def title(job: JobRow) -> str:
    """What the job does, and to which data set, for places that read Markdown."""
    verb = VERBS.get(job.kind, job.kind)
    dataset = _dataset_of(job)
    name = dataset.name if dataset else job.name
    return verb if job.kind == "demo" else f"{verb} {escaped(name)}"


def _dataset_of(job: JobRow) -> DatasetRow | None:
    """The data set of a job, None where it has none that is there for whoever looks."""
    if job.dataset_id is None or not may(Action.VIEW, access.dataset(job.dataset_id)):
        return None
    return datasets.dataset(visit(), job.dataset_id)


def _phase(job: JobRow) -> tuple[str, float]:
    """Stage and share of it done. A search that is over has handed on to the network, which tells only its end."""
    stage, fraction = str(job.progress.get("stage", "")), float(job.progress.get("fraction", 0.0))
    if (stage, fraction) == ("knn", 1.0):
        return "links", 0.0
    return stage, min(1.0, max(0.0, fraction))


def _where(job: JobRow, stage: str) -> str:
    """Where a job stands, in words."""
    if job.state == "queued" or not job.progress:
        return waiting(job)
    now = job.progress
    stage = STAGES.get(stage, stage)
    if "epoch" in now:
        stage = f"Epoch {now['epoch']:,} of {now['epochs']:,}"
    coarser = " (coarser)" if now.get("coarser") else ""
    words = (
        [f"Level {now['level']}{coarser}: {stage}", f"{now['nodes']:,} nodes"] if "level" in now else [stage]
    )
    if now.get("total"):
        words.append(f"{now['done']:,} of {now['total']:,}")
    return " · ".join([*words, *running_for(job)])


def waiting(job: JobRow) -> str:
    """What a job waits for, in words."""
    if job.state == "queued":
        why = jobs.waiting(visit(), job)
        if why.trouble:
            return escaped(why.trouble)
        if why.place > 1:
            return f"Place {why.place} in the queue"
        if why.place and why.busy:
            return "Next in the queue"
    return "Waiting for the job process …"


def running_for(job: JobRow) -> list[str]:
    """By the clock, not by the newest record: those come only when there is something new to tell."""
    return [] if job.started is None else [seconds((datetime.now(UTC) - job.started).total_seconds())]


def level_progress(job: JobRow) -> None:
    """The levels so far: nodes, new links, seconds since the start; those past the natural one in one line."""
    if not job.history:
        return
    made = [
        it for it in job.history if it["new_links"] or not job.is_over
    ]  # the one that joined nothing is no level
    if not made:
        return
    coarser = [it for it in made if it.get("coarser")]
    lines = [_line(f"{it['level']}", [it]) for it in made if not it.get("coarser")]
    if coarser:
        first, last = coarser[0]["level"], coarser[-1]["level"]
        lines.append(_line(f"{first} to {last}, coarser" if first < last else f"{first}, coarser", coarser))
    head = ["| Level | Nodes | New links | Seconds |", "|--:|--:|--:|--:|"]
    st.markdown("\n".join([*head, *lines]))
    if len(made) < len(job.history):
        st.caption("Then nothing was left to join.")


def _line(name: str, levels: Sequence[dict[str, Any]]) -> str:
    """One line of the table: the nodes of the first of some levels, their links together, when the last ended."""
    links = sum(it["new_links"] for it in levels)
    return f"| {name} | {levels[0]['nodes']:,} | {links:,} | {levels[-1]['seconds']:.1f} |"


def ended_badly(rows: Sequence[JobRow]) -> None:
    """Failed, cancelled and interrupted jobs of the last half hour, each with a way on."""
    for job in rows:
        if job.state in ("failed", "cancelled", "interrupted") and _recent(job):
            _ended(job)


def _ended(job: JobRow) -> None:
    show: dict[str, Callable[..., object]] = {
        "failed": st.error,
        "interrupted": st.warning,
        "cancelled": st.info,
    }
    said = f"{title(job)}: {job.state}." + (f" {escaped(job.error)}" if job.error else "")
    said += " What it has done is kept." if (job.kind, job.state) == ("import", "interrupted") else ""
    show[job.state](said)
    if not may(Action.CANCEL, access.job(job.id)):
        return
    with st.container(horizontal=True):
        st.button(
            "Try again",
            key=f"retry-{job.id}",
            icon=":material/replay:",
            on_click=retry,
            args=(job.id,),
        )
        log_button(job)
        _dismiss_button(job)


def already_there(rows: Sequence[JobRow]) -> None:
    """Imports of the last half hour whose content a data set holds already, and the way to import it all the same."""
    for job in rows:
        if (
            job.kind == "import"
            and job.state == "done"
            and job.progress.get("stage") == SAME
            and _recent(job)
        ):
            _same(job)


def _same(job: JobRow) -> None:
    there = _dataset_of(job)
    if there is None:
        return
    st.info(
        f"{escaped(job.name)}: the same content is there already, as **{escaped(there.name)}**, imported "
        f"{when(there.created)}. Nothing was imported.",
        icon=":material/content_copy:",
    )
    with st.container(horizontal=True):
        st.button(
            "Import anyway",
            key=f"anyway-{job.id}",
            icon=":material/upload:",
            on_click=_anyway,
            args=(job.id,),
        )
        _dismiss_button(job)


def _dismiss_button(job: JobRow) -> None:
    st.button("Dismiss", key=f"dismiss-{job.id}", on_click=pressed(dismiss), args=(job.id,), type="tertiary")


def log_button(job: JobRow) -> None:
    """The way to the job's log, where it has written one."""
    if jobs.has_log(visit(), job) and st.button(
        "Log", key=f"log-{job.id}", icon=":material/article:", type="tertiary"
    ):
        st.switch_page("pages/jobs.py", query_params={"job": job.id})


def finished(rows: Sequence[JobRow]) -> None:
    """The newest clustering or addition, if it is done and that was not long ago, with the way into the explorer."""
    job = next(iter(rows), None)
    if job is None or job.kind not in ("cluster", "add") or job.state != "done" or not _recent(job):
        return
    dataset_id = str(job.settings["dataset"]) if job.kind == "add" else job.dataset_id
    run = next((row for row in runs.runs(visit(), dataset_id) if row.id == job.run_id), None)
    if run is None:
        return
    with st.container(border=True, key="finished"):
        _came_of_it(job, run)
        if st.button(
            "Explore", type="primary", icon=":material/account_tree:", width="stretch", key="explore"
        ):
            st.switch_page("pages/explore.py", query_params={"dataset": run.dataset_id, "run": run.id})
        if job.kind == "cluster":
            with guarded():
                shift_notice.of_finished(opened.run(run.id))
            level_progress(job)


def _came_of_it(job: JobRow, run: RunRow) -> None:
    if job.kind == "add":
        st.success(f"Added {add_dialog.came_of_it(run)}.", icon=":material/check_circle:")
        if told := add_dialog.due_now(run):
            st.info(f"{told[0].upper()}{told[1:]}", icon=":material/update:")
    elif run.summary["natural_level"]:
        st.success(f"Clustered: {run_facts(run)}", icon=":material/check_circle:")
    else:
        st.warning("Nothing was joined; a lower tau joins more.", icon=":material/info:")


def _recent(job: JobRow) -> bool:
    return job.ended is not None and datetime.now(UTC) - job.ended < RECENT


def dismiss(job_id: str) -> None:
    if jobs.get(visit(), job_id) is not None:
        jobs.dismiss(visit(), job_id)


def _anyway(job_id: str) -> None:
    with guarded():
        jobs.import_anyway(visit(), job_id)
        dismiss(job_id)


def retry(job_id: str) -> None:
    with guarded():
        jobs.retry(visit(), job_id)
