"""The keys of the explorer: listening for those without a button, and the list of all."""

from __future__ import annotations

import streamlit as st

from hilander.ui import url
from hilander.ui.components import shortcut_keys

KEYS = (
    ("← →", "one level finer, one coarser; inside a gallery, a map or a field they move there"),
    ("l  L", "one level coarser, one finer (L: with Shift), from anywhere but a field"),
    ("n  p", "next and previous page of the gallery"),
    ("Tab, ← ↑ ↓ →", "to the gallery, and from card to card"),
    ("Enter", "open the cluster or image that has the focus"),
    ("a  x", "accept or reject the open cluster; again: take the mark away"),
    ("Esc", "close what is open: a dialog, else the cluster; leave the search box"),
    ("/", "search"),
    ("?", "these keys"),
)
_ASKED = "keys-asked"


def keys_button() -> None:
    """The way to the list of keys for those who do not know the key for it."""
    st.button("", icon=":material/keyboard:", key="show-keys", help="Keys of the explorer (?)", on_click=_ask)


def keys(*, search: str) -> None:
    """Listen; show the list when it was asked for. `search` is the key of the search box."""
    shortcut_keys(search=search, key="shortcut-keys", asked=lambda _: _ask())
    if st.session_state.pop(_ASKED, False):
        _dialog()


def _ask() -> None:
    url.hold()
    st.session_state[_ASKED] = True


@st.dialog("Keys", width="small")
def _dialog() -> None:
    lines = "\n".join(f"| **{name}** | {what} |" for name, what in KEYS)
    st.markdown(f"| Key | What it does |\n|:--|:--|\n{lines}")
    st.caption("While you type in a field, letters are letters.")
