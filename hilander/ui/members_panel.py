"""The images of an opened cluster, page by page: from the peak outwards, or the most doubtful first."""

from __future__ import annotations

import streamlit as st

from hilander.ui import kept, opened
from hilander.ui.cards import label_of
from hilander.ui.components import Card, image_grid
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.image_dialog import ask_for_image
from hilander.ui.sheets import sheet, sheet_steps
from hilander.ui.switch import switch
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import signed
from hilander.views.members import Members, Order

PER_SHEET = 30
ORDERS = {"near": "From the peak outwards", "doubt": "Most doubtful first"}


@st.fragment
def members(now: Explored, peak: int) -> None:
    """Drawn by itself when it is paged or sorted, without the map beside it."""
    with guarded():
        opened.run(now.run_row.id)  # it may have been deleted since
        order: Order = "doubt" if switch("members", ORDERS, label="Order") == "doubt" else "near"
        found = kept.members(now, peak, order)
        first, last = sheet(len(found), PER_SHEET)
        image_grid(
            [member_card(now, found, place, peak, order) for place in range(first, last)],
            key="members",
            label="Members",
            layout="tiles small",
            chosen=whole_page(ask_for_image),
        )
        sheet_steps(len(found), PER_SHEET, key=f"members-sheet-{now.key}-{peak}")
        rerun_if_asked()


def member_card(now: Explored, found: Members, place: int, peak: int, order: Order) -> Card:
    row = int(found.rows[place])
    name, label = now.id_of(row), label_of(now.dataset, row)
    cosine, weakest, own = (float(it[place]) for it in (found.cosine, found.weakest, found.own))
    told = [name, *([label] if label else [])]
    if row != peak:
        told += [
            f"Cosine similarity to the peak: {signed(cosine)} (-1 to 1)",
            f"Link probability of its own link: {own:.2f}",
            f"Weakest link on its way to the peak: {weakest:.2f}",
        ]
    note = f"cosine {signed(cosine)}" if order == "near" else f"link {weakest:.2f}"
    return Card(
        id=row,
        image=now.dataset.thumbs.data_url(row, "large"),
        title=label or name,
        note="" if row == peak else note,
        tag="peak" if row == peak else "",
        hover="\n".join(told),
        chosen=row == peak,
    )
