"""What every page does first: see that it was entered through app.py, and take the URL for what the browser shows.

On a fresh server Streamlit takes the folder name `pages` for its older way of making apps: the first visitor
who follows a link straight to a page gets that file by itself, without app.py's navigation and style. After
app.py has run once, this no longer happens.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from hilander.ui import url


def enter() -> None:
    """Run app.py instead, which then runs this page, if the page was entered by itself; take the URL (`url.seen`)."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
    url.seen()
