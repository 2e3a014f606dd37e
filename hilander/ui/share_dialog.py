"""Sharing a data set: with whom it is shared, to view or to edit, and adding or removing somebody."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.errors import InputError
from hilander.services.door import people
from hilander.services.store import EVERYBODY, DatasetRow, Level, PersonRow, ShareRow
from hilander.ui import url
from hilander.ui.guard import guarded
from hilander.ui.visit import visit
from hilander.ui.words import NO_ADDRESS, escaped
from hilander.views.told_apart import told_apart

LEVELS: dict[Level, str] = {"view": "View", "edit": "Edit"}
LEVEL_HELP = (
    "View: look, search and download. Edit: also name, mark and note, exclude images, save cuts, cluster and train. "
    "Sharing and deleting stay with the owner."
)
_MISTAKE = "share-mistake"


def share_button(row: DatasetRow) -> None:
    if st.button(
        "", key=f"share-{row.id}", icon=":material/group_add:", type="tertiary", help="Share this data set"
    ):
        _dialog(row)


@st.dialog("Share this data set", width="medium", on_dismiss=url.hold)
def _dialog(row: DatasetRow) -> None:
    with guarded():
        st.markdown(f"**{escaped(row.name)}**, with its runs and what is written about them.")
        shares = people.shares(visit(), row.id)
        known = people.known(visit(), row.id)
        labels = _labels(known)
        _add(row, _not_yet(known, shares), labels)
        if not shares:
            st.caption("Shared with nobody: only its owner and administrators see it.")
        for share in shares:
            _entry(row, share, _whom(share, known, labels))


def _labels(known: list[PersonRow]) -> dict[str, str]:
    """Name and address by id. No two are the same, and none is what somebody types as an address: the browser tells
    by the label who was chosen."""
    return told_apart({one.id: f"{one.name} · {one.email or NO_ADDRESS}" for one in known})


def _not_yet(known: list[PersonRow], shares: list[ShareRow]) -> list[str]:
    """The ids of those with whom it is not shared."""
    has = {share.who for share in shares}
    return [one.id for one in known if not {one.id, one.email} & has]


def _add(row: DatasetRow, ids: list[str], labels: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        turn = st.session_state.setdefault("share-turn", 0)
        whom = st.selectbox(
            "Person",
            ids,
            index=None,
            format_func=lambda who: labels.get(who, who),
            key=f"share-whom-{turn}",
            placeholder="E-mail, or a name",
            accept_new_options=True,
            help="Somebody who was here, or the e-mail address that they sign in with.",
        )
        level = st.selectbox(
            "May",
            list(LEVELS),
            format_func=LEVELS.__getitem__,
            key=f"share-level-{turn}",
            width=110,
            help=LEVEL_HELP,
        )
        press = partial(_share, row.id, whom or "", level)
        st.button("Share", type="primary", key="share-add", disabled=not whom, on_click=press)
    if mistake := st.session_state.pop(_MISTAKE, None):
        st.warning(escaped(mistake), icon=":material/error:")


def _share(dataset_id: str, whom: str, level: Level) -> None:
    url.hold()
    try:
        people.share(visit(), dataset_id, whom, level)
        st.session_state["share-turn"] += 1
    except InputError as mistake:
        st.session_state[_MISTAKE] = str(mistake)


def _entry(row: DatasetRow, share: ShareRow, whom: str) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"shared-{share.kind}-{share.who}"
    ):
        st.markdown(
            f"**{escaped(whom)}**".replace("@", "@\u2060"), width="stretch"
        )  # no link to write a mail
        key = f"level-{row.id}-{share.kind}-{share.who}"
        st.selectbox(
            "May",
            list(LEVELS),
            format_func=LEVELS.__getitem__,
            key=key,
            on_change=url.bind(key, share.level, partial(_change, row.id, share)),
            label_visibility="collapsed",
            width=110,
        )
        st.button(
            "",
            key=f"unshare-{share.kind}-{share.who}",
            icon=":material/person_remove:",
            type="tertiary",
            help="Take it back: with the next press they see it no more",
            on_click=partial(_unshare, row.id, share),
        )


def _whom(share: ShareRow, known: list[PersonRow], labels: dict[str, str]) -> str:
    """Name and e-mail as far as they are known; the e-mail alone where more than one has it."""
    if share.who == EVERYBODY:
        return "Everybody who signs in"
    found = [labels[one.id] for one in known if share.who in (one.id, one.email)]
    return found[0] if len(found) == 1 else share.who


def _change(dataset_id: str, share: ShareRow, level: Level) -> None:
    url.hold()
    with guarded():
        people.change_level(visit(), dataset_id, share, level)


def _unshare(dataset_id: str, share: ShareRow) -> None:
    url.hold()
    with guarded():
        people.unshare(visit(), dataset_id, share)
