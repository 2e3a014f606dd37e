"""Who is signed in, at the right of the head of every page, and the way out. Nothing where nobody signs in."""

from __future__ import annotations

import json

import streamlit as st

from hilander.services import sign_in
from hilander.ui import person
from hilander.ui.sign_in import settings
from hilander.ui.words import escaped

KEY = "account"
SHORTEST = 24  # letters of a name in the head
# The page asks when the sign-in ends, and when it is looked at again: one may have signed out in another tab.
_WATCH = """
<script>
(() => {
  const ask = () => fetch(STATE, {cache: "no-store"})
    .then(answer => { if (answer.status === 401 || answer.status === 403) location.reload(); }, () => {});
  clearTimeout(window.hilanderSignIn);
  window.hilanderSignIn = setTimeout(ask, Math.min(Math.max(ENDS - Date.now(), 0) + 500, 2147483647));
  if (!window.hilanderWatches) {
    window.hilanderWatches = true;
    document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  }
})();
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
        st.caption(escaped(who.email or "no confirmed address").replace("@", "@\u2060"))
        st.code(who.id, language=None, wrap_lines=True)
        st.button("Sign out", icon=":material/logout:", width="stretch", on_click=st.logout)
    with st.container(key=f"{KEY}-watch"):
        _watch()


def _short(name: str) -> str:
    return escaped(name if len(name) <= SHORTEST else f"{name[: SHORTEST - 1]}\u2026")


def _watch() -> None:
    ends = sign_in.ends(st.user.to_dict(), sign_in.rules())
    state = f"{settings.base()}/sign-in"
    script = _WATCH.replace("STATE", json.dumps(state)).replace("ENDS", str(int(ends * 1000)))
    st.html(script, unsafe_allow_javascript=True)
