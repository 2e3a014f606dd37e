"""Pages of a list, their number in the URL: `page`, that of the view, or `sheet`, that of a list inside a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from hilander.ui import url
from hilander.views.gallery import n_pages, page_bounds

LINK = "link-to-view"  # the part of the page that holds the link: draw it again where pages are turned alone
WIDTH = 440  # px; left to itself the widget folds even four pages


def page_steps(
    total: int,
    now: int,
    *,
    key: str,
    parameter: Literal["page", "sheet"] = "page",
    width: int = WIDTH,
    turned: Callable[[int], None] | None = None,
) -> None:
    """The pager under a list of `total` pages that shows page `now`; nothing where there is one page.

    `turned` is called with the page in place of `turn`.
    """
    if total > 1:
        changed = url.bind(key, now, turned or (lambda to: turn(to, parameter)))
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.pagination(total, key=key, max_visible_pages=7, width=width, on_change=changed)


def turn(page: int, parameter: str = "page") -> None:
    url.put(**{parameter: None if page == 1 else page})


def sheet(total: int, per_page: int) -> tuple[int, int]:
    """First and last-plus-one place of the sheet that the URL names; past the end the last one."""
    return page_bounds(total, _number(), per_page)


def sheet_steps(total: int, per_page: int, *, key: str) -> None:
    """The pager under the list, if there is more than one sheet."""
    pages = n_pages(total, per_page)
    page_steps(pages, min(_number(), pages), key=key, parameter="sheet")


def _number() -> int:
    return max(1, url.whole("sheet", what="a page number") or 1)
