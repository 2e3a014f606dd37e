"""The link to what is on the screen, and in words what is in it."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from hilander.ui.explored import Explored, page_number
from hilander.ui.main_views import VIEWS
from hilander.ui.sheets import LINK
from hilander.ui.words import escaped
from hilander.views.cut import short_words


@st.fragment(key=LINK)
def share(now: Explored) -> None:
    with st.popover(
        "Share", icon=":material/link:", width="stretch", help="A link that opens this very view."
    ):
        st.markdown("**Link to this view**")
        st.code(link(), language=None, wrap_lines=True)
        st.caption("Copy it with the button at its right, or from the address bar. Whoever opens it sees:")
        st.markdown("\n".join(f"- {line}" for line in contents(now)))
        st.caption("They need access to this server. For people without it, download the report.")


def link() -> str:
    """The address of this page with everything that is shown in its query."""
    query = urlencode(st.query_params.to_dict())
    return f"{(st.context.url or '').rstrip('/')}/?{query}"


def contents(now: Explored) -> list[str]:
    """What the link holds, one Markdown line each."""
    lines = [
        f"data set: {escaped(now.dataset.row.name)}",
        f"run: {escaped(now.run_row.name)}",
        escaped(short_words(now.cut, now.branches)),
    ]
    if now.cluster is not None:
        lines.append(f"the cluster opened, peak {escaped(now.id_of(now.cluster))}")
    else:
        lines.append(f"view: {VIEWS[now.view].label}, page {page_number():,}")
    return lines
