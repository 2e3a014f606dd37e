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
from hilander.ui.words import escaped

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
        _add(row, shares, known)
        if not shares:
            st.caption("Shared with nobody: only its owner and administrators see it.")
        for share in shares:
            _entry(row, share, _whom(share, known))


def _add(row: DatasetRow, shares: list[ShareRow], known: list[PersonRow]) -> None:
    has = {share.who for share in shares}
    names = {_label(one): one.id for one in known if not {one.id, one.email} & has}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        turn = st.session_state.setdefault("share-turn", 0)
        whom = st.selectbox(
            "Person",
            list(names),
            index=None,
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
        press = partial(_share, row.id, names.get(whom or "", whom or ""), level)
        st.button("Share", type="primary", key="share-add", disabled=not whom, on_click=press)
    if mistake := st.session_state.pop(_MISTAKE, None):
        st.warning(escaped(mistake), icon=":material/error:")


def _label(one: PersonRow) -> str:
    return f"{one.name} · {one.email}" if one.email else one.name


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


def _whom(share: ShareRow, known: list[PersonRow]) -> str:
    """Name and e-mail as far as they are known."""
    if share.who == EVERYBODY:
        return "Everybody who signs in"
    found = next((one for one in known if share.who in (one.id, one.email)), None)
    return share.who if found is None else _label(found)


def _change(dataset_id: str, share: ShareRow, level: Level) -> None:
    url.hold()
    with guarded():
        people.change_level(visit(), dataset_id, share, level)


def _unshare(dataset_id: str, share: ShareRow) -> None:
    url.hold()
    with guarded():
        people.unshare(visit(), dataset_id, share)
