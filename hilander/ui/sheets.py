"""Pages of a list inside a page, their number in the URL (`sheet`)."""

from __future__ import annotations

import streamlit as st

from hilander.ui import url
from hilander.views.gallery import n_pages, page_bounds


def sheet(total: int, per_page: int) -> tuple[int, int]:
    """First and last-plus-one place of the sheet that the URL names; past the end the last one."""
    return page_bounds(total, _number(), per_page)


def sheet_steps(total: int, per_page: int, *, key: str) -> None:
    """The pager under the list, if there is more than one sheet."""
    pages = n_pages(total, per_page)
    if pages > 1:
        changed = url.bind(key, min(_number(), pages), lambda to: url.put(sheet=None if to == 1 else to))
        st.pagination(pages, key=key, max_visible_pages=7, width=400, on_change=changed)


def _number() -> int:
    return max(1, url.whole("sheet", what="a page number") or 1)
