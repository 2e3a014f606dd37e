"""What fused into the open cluster from the level below, and what it becomes part of at the level above."""

from __future__ import annotations

import streamlit as st

from hilander.ui import kept
from hilander.ui.components import Pair, image_grid, pair_list
from hilander.ui.components.image_grid import Card
from hilander.ui.explored import Explored
from hilander.ui.pairs import cluster_end, link_figures
from hilander.ui.sheets import sheet, sheet_steps
from hilander.ui.words import count
from hilander.views.lineage import size_of

PER_SHEET = 8
BY_LINKS = (
    "A cut by links has no level above or below. **Why** shows all links of this cluster; the re-cut's threshold "
    "decides which of them hold."
)


def made_of(now: Explored, peak: int) -> None:
    level = now.level_of(peak)
    if level is None:
        st.info(BY_LINKS, icon=":material/link:")
        return
    above, below = st.columns([1, 4], gap="medium")
    with above:
        _parent(now, peak, level)
        if level > 0:
            _core(now, peak, level)
    with below:
        _children(now, peak, level)


def _parent(now: Explored, peak: int, level: int) -> None:
    if level >= now.hierarchy.n_levels:
        st.markdown("**Part of**")
        st.caption("This is the last level: nothing was joined further.")
        return
    parent = now.hierarchy.parent_of(peak, level)
    st.markdown(f"**Part of** · level {level + 1}")
    _card(now, parent, level + 1, key="parent", same=parent == peak)


def _core(now: Explored, peak: int, level: int) -> None:
    """The cluster that the others were joined to: the same peak's, a level below."""
    st.markdown(f"**Around the peak** · level {level - 1}")
    _card(now, peak, level - 1, key="core")


def _card(now: Explored, peak: int, level: int, *, key: str, same: bool = False) -> None:
    """One cluster of another level, and the way to it."""
    card = Card(
        id=peak,
        image=now.dataset.thumbs.data_url(peak, "large"),
        title=count(size_of(now.hierarchy, peak, level), "image"),
        note=now.id_of(peak),
        tag="same peak" if same else "",
        hover=f"Open it at level {level}. Peak: {now.id_of(peak)}",
    )
    image_grid([card], key=key, label=f"Cluster of level {level}", layout="row", chosen=now.opener(level))


def _children(now: Explored, peak: int, level: int) -> None:
    """The clusters of the level below, each beside the one that it was linked to."""
    if level == 0:
        st.markdown("**Made of**")
        st.caption("Level 0 is every image by itself: there is nothing below.")
        return
    found = kept.made_of(now, peak, level)
    what = "image" if level == 1 else "cluster"
    if not len(found):
        st.markdown(f"**Made of** · 1 {what} of level {level - 1}")
        st.caption("Nothing joined it at this level: it is as it was a level below.")
        return
    st.markdown(
        f"**Made of** · {count(len(found) + 1, what)} of level {level - 1}, the least sure link first"
    )
    first, last = sheet(len(found), PER_SHEET)
    shown = [(int(child), int(now.hierarchy.parent[child])) for child in found.child[first:last]]
    pair_list(
        [_pair(now, child, into, level - 1) for child, into in shown],
        key="made-of",
        label=f"Clusters of level {level - 1} that were joined",
        chosen=lambda place, side: now.open_cluster(shown[place][side], level - 1),
    )
    sheet_steps(len(found), PER_SHEET, key=f"made-sheet-{now.key}-{peak}")


def _pair(now: Explored, child: int, into: int, level: int) -> Pair:
    h = now.hierarchy
    head, cosine = link_figures(float(h.link_prob[child]), float(h.link_sim[child]))
    left, right = (cluster_end(now, it, size_of(h, it, level), action="Open") for it in (child, into))
    return Pair(left, right, head, float(h.link_prob[child]), (cosine,))
