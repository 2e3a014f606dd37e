"""The history of a run: who changed what, when, from what to what; each change can be taken back."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.io.tables import table_bytes
from hilander.services.access import Action, run
from hilander.services.door import notes
from hilander.services.said import Annotations
from hilander.services.store import EntryRow
from hilander.ui.annotated import annotated
from hilander.ui.explored import Explored
from hilander.ui.said_words import about, person_words, value_words
from hilander.ui.sheets import page_steps
from hilander.ui.visit import at_press, may, visit
from hilander.ui.words import count, when
from hilander.ui.writes import attempt, tried
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 12
WIDTHS = [1.6, 3, 3.4, 0.9]
NONE_YET = (
    "Nothing is written down about this run yet. Names, notes and marks of clusters, excluded images, recipes and "
    "answers will be listed here, each with a way back."
)


def title(now: Explored) -> str:
    return count(notes.n_entries(visit(), now.run_row.id), "change")


def history(now: Explored) -> None:
    run_id = now.run_row.id
    known = annotated(run_id)  # before the entries: whatever comes between them counts as not seen
    total = notes.n_entries(visit(), run_id)
    if not total:
        st.info(NONE_YET, icon=":material/history:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        undo_own_button(now, key="history-undo-own", label="Undo my last change")
        _downloads(now)
    pages = n_pages(total, PER_PAGE)
    page = min(now.page, pages)
    first, last = page_bounds(total, page, PER_PAGE)
    undone = notes.undone(visit(), run_id)
    for entry in notes.entries(visit(), run_id, first=first, most=last - first):
        _row(now, known, entry, undone=entry.id in undone)
    page_steps(pages, page, key=f"history-page-{run_id}")


def undo_own_button(now: Explored, *, key: str, label: str = "") -> None:
    """Take back one's own last change, where there is one."""
    run_id = now.run_row.id
    last = notes.own_last(visit(), run_id) if _may_write(now) else None
    if last is not None:
        st.button(
            label,
            key=key,
            icon=":material/undo:",
            type="secondary" if label else "tertiary",
            help=f"Undo your own last change. {_promise(now, last)}",
            on_click=partial(_undo_own, run_id),
        )


def _may_write(now: Explored) -> bool:
    return may(Action.ANNOTATE, run(now.run_row.id))


def _undo_own(run_id: str) -> None:
    tried(
        lambda: notes.take_back_own(visit(), run_id),
        lambda it: notes.take_back_conflicting(visit(), run_id, it),
    )


def _row(now: Explored, known: Annotations, entry: EntryRow, *, undone: bool) -> None:
    with st.container(border=True, key=f"entry-{entry.id}"):
        person, subject, change, act = st.columns(WIDTHS, vertical_alignment="center")
        moment = entry.moment.strftime("%d %b %Y, %H:%M:%S UTC")
        told = f"**{person_words(entry.who)}**  \n:small[{entry.id} · {when(entry.moment)}]"
        person.markdown(told, help=f"Change number {entry.id}, {moment}")
        back = f"  \n:small[takes number {entry.undoes} back]" if entry.undoes else ""
        subject.markdown(f"{about(now, entry.kind, entry.item)}{back}")
        change.markdown(
            f"{value_words(entry.kind, entry.before)} → **{value_words(entry.kind, entry.after)}**"
        )
        state = known.rows.get((entry.kind, entry.item))
        seen = 0 if state is None else state.version
        if not _may_write(now):
            return
        act.button(
            "Undone" if undone else "Undo",
            key=f"undo-{entry.id}",
            disabled=undone,
            help="This change was taken back." if undone else _promise(now, entry),
            on_click=partial(_undo, now.run_row.id, entry.id, seen),
        )


def _promise(now: Explored, entry: EntryRow) -> str:
    return f"{about(now, entry.kind, entry.item)}: back to {value_words(entry.kind, entry.before)}."


def _undo(run_id: str, entry_id: int, seen: int) -> None:
    attempt(lambda version: notes.take_back(visit(), run_id, entry_id, seen=version), seen)


def _downloads(now: Explored) -> None:
    for fmt in ("csv", "json"):
        st.download_button(
            fmt.upper(),
            at_press(partial(_table, now.run_row.id, fmt)),
            file_name=f"history-{now.run_row.id}.{fmt}",
            icon=":material/download:",
            key=f"history-{fmt}",
            type="tertiary",
            help=f"The whole history as {fmt.upper()}, oldest first.",
            on_click="ignore",
        )


def _table(run_id: str, fmt: str) -> bytes:
    return table_bytes(
        notes.history_table(visit(), run_id, texts=fmt == "csv"), "csv" if fmt == "csv" else "json"
    )
