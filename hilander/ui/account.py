"""Who is signed in, at the right of the head of every page, and the way out. Nothing where nobody signs in."""

from __future__ import annotations

import json

import streamlit as st

from hilander.ui import person
from hilander.ui.sign_in import settings
from hilander.ui.words import NO_ADDRESS, escaped

KEY = "account"
LONGEST = 24  # letters of a name in the head
# The page asks whether its sign-in still holds: it may have ended, or been ended in another tab.
_WATCH = """
<script>
if (!window.hilanderWatch) {
  const ask = () => fetch(STATE, {cache: "no-store"})
    .then(answer => { if (answer.status === 401 || answer.status === 403) location.reload(); }, () => {});
  window.hilanderWatch = setInterval(ask, 10000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
}
</script>
"""


def account() -> None:
    """The person's name, which opens what hilander knows of them and a way to sign out."""
    who = person.current()
    if not person.signs_in():
        return
    with (
        st.container(key=KEY),
        st.popover(_short(who.name), icon=":material/account_circle:", type="tertiary"),
    ):
        st.markdown(f"**{escaped(who.name)}**{'  :material/shield_person: admin' if who.admin else ''}")
        st.caption(escaped(who.email or NO_ADDRESS).replace("@", "@\u2060"))
        st.caption("Your id, for lists of people")
        st.code(who.id, language=None, wrap_lines=True)
        st.button("Sign out", icon=":material/logout:", width="stretch", on_click=st.logout)
    with st.container(key=f"{KEY}-watch"):
        st.html(
            _WATCH.replace("STATE", json.dumps(f"{settings.base()}/sign-in")), unsafe_allow_javascript=True
        )


def _short(name: str) -> str:
    return escaped(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}\u2026")
