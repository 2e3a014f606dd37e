"""Why a cluster is one: the links that hold it together, weakest first."""

from __future__ import annotations

import streamlit as st

from hilander.ui import kept
from hilander.ui.components import pair_list
from hilander.ui.explored import Explored
from hilander.ui.image_dialog import ask_for_image
from hilander.ui.pairs import link_pairs
from hilander.ui.sheets import sheet, sheet_steps
from hilander.ui.words import count, share
from hilander.views.why import Links

PER_SHEET = 12
ALONE = "One image by itself: no link holds it."


def why(now: Explored, peak: int) -> None:
    links = kept.links(now, peak)
    if not len(links):
        st.info(ALONE, icon=":material/link_off:")
        return
    st.markdown(held_by(links), help="A cluster of m images has m - 1 links; cut one, and it falls in two.")
    past = int((links.level > now.hierarchy.natural_level).sum())
    if past:
        st.caption(past_natural(past))
    first, last = sheet(len(links), PER_SHEET)
    shown = links.part(first, last)
    pair_list(
        link_pairs(now, shown, len(links) + 1),
        key="why",
        label=f"Links {first + 1} to {last} of {len(links)}, weakest first",
        chosen=lambda place, side: ask_for_image(int((shown.into if side else shown.child)[place])),
    )
    sheet_steps(len(links), PER_SHEET, key=f"why-sheet-{now.key}-{peak}")


def held_by(links: Links) -> str:
    """One sentence about the links of a cluster, weakest first."""
    off = f"without it {count(int(links.behind[0]), 'image')} would split off"
    if len(links) == 1:
        return f"Held together by **one link of {share(float(links.prob[0]))}**; {off}."
    weakest = share(float(links.prob[0]))
    which = f"the weakest, **{weakest}**, joins the first pair of the list"
    return f"Held together by **{len(links):,} links**; {which}; {off}."


def past_natural(number: int) -> str:
    what = "One of them was" if number == 1 else f"{number:,} of them were"
    return (
        f"{what} made past the natural level, by closeness: they lead to the larger cluster, not to the denser "
        "image, and their probability is what the network thinks of them all the same."
    )
