"""Writing what a person says, and what they are asked when somebody else changed the same meanwhile.

    attempt(write, seen)       in a callback: write(seen); a Conflict waits for a decision, a mistake for being read
    waiting(now)               on the page: both versions, and the two ways on

Nothing is written until the person has decided. A dialog gives `place`: what happened there is told there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from hilander.errors import InputError
from hilander.services import full_disk
from hilander.services.journal import Conflict
from hilander.services.workspace import default_workspace
from hilander.ui import url
from hilander.ui.explored import Explored
from hilander.ui.person import current_user
from hilander.ui.said_words import about, person_words, value_words
from hilander.ui.words import escaped, when

PAGE = "page"
_CONFLICTS, _MISTAKES = "write-conflicts", "write-mistakes"


@dataclass(frozen=True)
class _Asked:
    """A conflict, and how to write all the same once the other version was seen."""

    conflict: Conflict
    again: Callable[[Conflict], object]


def attempt(write: Callable[[int], object], seen: int, *, place: str = PAGE) -> bool:
    """Callback: write, having seen a version. Whether it is written."""
    return tried(partial(write, seen), lambda conflict: write(conflict.theirs.version), place=place)


def tried(act: Callable[[], object], again: Callable[[Conflict], object], *, place: str = PAGE) -> bool:
    """The same for what is written otherwise `again`, after a conflict."""
    url.hold()
    _mistakes().pop(place, None)
    try:
        act()
    except Conflict as conflict:
        yours = conflict.yours
        _conflicts()[place, conflict.run_id, yours.kind, yours.item] = _Asked(conflict, again)
    except InputError as mistake:
        _mistakes()[place] = str(mistake)
    except OSError as error:
        if not full_disk.is_full(error):
            raise
        _mistakes()[place] = full_disk.full(default_workspace().root)
    else:
        return True
    return False


def waiting(now: Explored, place: str = PAGE) -> None:
    """What waits for this person at this place: mistakes, told once, and conflicts, until they are decided."""
    mistake = _mistakes().pop(place, None)
    if mistake is not None:
        st.warning(escaped(mistake), icon=":material/error:")
    for key in [it for it in _conflicts() if it[:2] == (place, now.run_row.id)]:
        _box(now, key, _conflicts()[key])


_Key = tuple[str, str, str, str]


def _box(now: Explored, key: _Key, asked: _Asked) -> None:
    theirs, yours = asked.conflict.theirs, asked.conflict.yours
    who = "You, in another window," if theirs.who == current_user() else person_words(theirs.who)
    name = f"{key[0]}-{theirs.entry}"
    with st.container(border=True, key=f"conflict-{name}"):
        st.markdown(
            f":material/sync_problem: **{who} changed this meanwhile, and yours is not written.** "
            f"{about(now, yours.kind, yours.item)}"
        )
        left, right = st.columns(2)
        left.markdown(f"Theirs, {when(theirs.moment)}  \n{value_words(theirs.kind, theirs.value)}")
        right.markdown(f"Yours  \n{value_words(yours.kind, yours.value)}")
        left.button("Keep theirs", key=f"theirs-{name}", on_click=partial(_keep, key), width="stretch")
        right.button("Write mine", key=f"mine-{name}", on_click=partial(_write, key), width="stretch")


def _keep(key: _Key) -> None:
    url.hold()
    _conflicts().pop(key, None)


def _write(key: _Key) -> None:
    asked = _conflicts().pop(key, None)
    if asked is not None:
        tried(partial(asked.again, asked.conflict), asked.again, place=key[0])


def _conflicts() -> dict[_Key, _Asked]:
    found: dict[_Key, _Asked] = st.session_state.setdefault(_CONFLICTS, {})
    return found


def _mistakes() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_MISTAKES, {})
    return found
