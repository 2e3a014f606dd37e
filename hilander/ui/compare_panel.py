"""The cut shown beside another level: which clusters of the finer one make up each cluster of the coarser one."""

from __future__ import annotations

import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.ui import opened, url
from hilander.ui.components import BesideRow, Card, beside_rows
from hilander.ui.explored import Explored
from hilander.ui.sheets import page_steps
from hilander.ui.switch import switch
from hilander.ui.words import count
from hilander.views.beside import Group, Order
from hilander.views.gallery import Gallery, n_pages

PER_PAGE, PIECES = 10, 12
ORDERS: dict[Order, str] = {"changed": "Most changed", "largest": "Largest"}
CHANGED = "Most changed: the most images that joined the cluster's largest part"


def compare(now: Explored) -> None:
    """Two levels side by side, a page at a time; a click opens a cluster of either."""
    if now.hierarchy.n_levels == 0:
        st.info("There is no other level to compare with: nothing was linked.", icon=":material/info:")
        return
    other = _other(now)
    order = _controls(now, other)
    cuts = (now.cut, Cut(other))
    if now.gallery_at(other).n_clusters > now.gallery.n_clusters:
        cuts = (Cut(other), now.cut)
    finer, coarser = (opened.gallery(now.run_row.id, cut) for cut in cuts)
    matched, total = opened.beside(now.run_row.id, *cuts), n_pages(coarser.n_clusters, PER_PAGE)
    page = min(now.page, total)
    st.caption(
        f"{matched.n_changed:,} of the {count(coarser.n_clusters, 'cluster')} on the right are made of several "
        "on the left."
    )
    beside_rows(
        [
            _row(now, it, finer, coarser)
            for it in matched.page(page, per_page=PER_PAGE, at_most=PIECES, order=order)
        ],
        (_head(now, cuts[0], finer), _head(now, cuts[1], coarser)),
        key="beside-rows",
        label=f"Level {other} beside what is shown, page {page} of {total}",
        chosen=lambda side, peak: _open(now, cuts[side == "coarser"], peak),
    )
    page_steps(total, page, key=f"compare-page-{now.key}-{other}-{order}")


def _other(now: Explored) -> int:
    """The level of the URL's `beside`; without one, the next coarser than what is shown, or at the end the finer."""
    last = now.hierarchy.n_levels
    named = url.whole("beside", what=f"a level from 0 to {last}")
    if named is not None:
        return min(named, last)
    return now.level + 1 if now.level < last else now.level - 1


def _controls(now: Explored, other: int) -> Order:
    levels, orders = st.columns([1, 1], vertical_alignment="bottom")
    changed = url.bind("beside", other, lambda level: url.put(beside=level, page=None))
    levels.selectbox(
        "Beside",
        [row.level for row in now.rows],
        format_func=lambda level: f"Level {level} · {count(now.rows[level].clusters, 'cluster')}",
        key="beside",
        on_change=changed,
        help="The level to compare with what is shown; the one with more clusters stands left",
    )
    with orders.container(horizontal=True, horizontal_alignment="right"):
        order = switch(
            "beside-by", ORDERS, label="First", resets=("page",), key="beside-by", labelled=True, hint=CHANGED
        )
    return order


def _head(now: Explored, cut: Cut, gallery: Gallery) -> str:
    where = {
        "level": f"Level {cut.level}",
        "mixed": "Mixed cut",
        "links": f"Links of {cut.min_link or 0:.9g} or more",
    }
    shown = " (shown)" if cut == now.cut else ""
    return f"{where[cut.kind]}{shown} · {count(gallery.n_clusters, 'cluster')}"


def _row(now: Explored, group: Group, finer: Gallery, coarser: Gallery) -> BesideRow:
    pieces = zip(group.pieces, group.shared, strict=True)
    return BesideRow(
        _card(now, coarser, group.place, int(coarser.sizes[group.place])),
        tuple(_card(now, finer, place, shared) for place, shared in pieces),
        group.n_pieces - len(group.pieces),
    )


def _card(now: Explored, gallery: Gallery, place: int, shared: int) -> Card:
    """A cluster, or of a piece that lies in several clusters, how much of it lies here."""
    peak, size = int(gallery.peaks[place]), int(gallery.sizes[place])
    name = now.id_of(peak)
    return Card(
        peak,
        now.dataset.thumbs.data_url(peak, "large"),
        count(size, "image") if shared == size else f"{shared:,} of {size:,}",
        name,
        hover=f"Open this cluster. Peak: {name}",
    )


def _open(now: Explored, cut: Cut, peak: int) -> None:
    """Of the cut shown, or of the level beside it; then what was shown stands beside."""
    if cut == now.cut:
        now.open_cluster(peak)
    else:
        url.put(beside=now.level)
        now.open_cluster(peak, cut.level)
