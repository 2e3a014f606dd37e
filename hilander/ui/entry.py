"""Makes sure that a page was entered through app.py.

On a fresh server Streamlit takes the folder name `pages` for its older way of making apps: the first visitor
who follows a link straight to a page gets that file by itself, without app.py's navigation and style. After
app.py has run once, this no longer happens.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """Run app.py instead, which then runs this page, when the page was entered by itself."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
