"""The cut held against known labels: headline numbers, split identities, mixed clusters, the counts at each level."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.ui import audit_groups, opened, url
from hilander.ui.components import Column, LevelLine, group_list, level_list
from hilander.ui.explored import Explored
from hilander.ui.sheets import page_steps
from hilander.ui.switch import switch
from hilander.ui.words import count, share
from hilander.views.audit import Audit, Order
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 8  # of up to seven cards each
SPLIT, MIXED, LEVELS = "split", "mixed", "levels"
ORDERS: dict[Order, str] = {"images": "Most images", "share": "Largest share"}
WORST = "Worst first: by the number of images outside the largest part, or by their share."
COLUMNS = [
    Column("Split", "Identities whose labelled images lie in more than one cluster at this level"),
    Column("Whole", "Identities whose labelled images all lie in one cluster at this level"),
    Column("Mixed", "Clusters with labelled images of more than one identity at this level"),
    Column("Pure", "Clusters whose labelled images are all of one identity at this level"),
    Column("Fb", "Agreement with the known labels at this level, from 0 to 1 (BCubed F, Fb)"),
]


def has_labels(now: Explored) -> bool:
    """Whether some image has a label; the table of levels knows."""
    return now.rows[0].scores is not None


def audit_view(now: Explored) -> None:
    if not has_labels(now):
        st.info(
            "No image of this data set has a label, so there is nothing to hold the clusters against. "
            "Import it again with a labels file (CSV with the columns id and label) to audit it.",
            icon=":material/label_off:",
        )
        return
    found = opened.audit(now.dataset.row.id, now.run_row.id, now.cut)
    _headline(now, found)
    shown, order = _choices(found)
    if shown == LEVELS:
        _levels(now)
    else:
        _groups(now, found, shown, order)


def _headline(now: Explored, found: Audit) -> None:
    identities, clusters = found.identities, found.clusters
    figures = [
        (
            "Whole identities",
            f"{identities.n_whole:,}",
            "Identities whose labelled images are in one cluster",
        ),
        ("Split identities", f"{identities.n_broken:,}", "Identities spread over two or more clusters"),
        ("Pure clusters", f"{clusters.n_whole:,}", "Clusters whose labelled images are all of one identity"),
        ("Mixed clusters", f"{clusters.n_broken:,}", "Clusters with images of two or more identities"),
        (
            "Fp",
            share(found.scores.Fp),
            "Pairwise F, 0 to 1: pairs of images together against pairs of one identity",
        ),
        (
            "Fb",
            share(found.scores.Fb),
            "BCubed F, 0 to 1: each image's cluster against its identity, on average",
        ),
        ("NMI", share(found.scores.NMI), "Normalised mutual information of clusters and identities, 0 to 1"),
    ]
    with st.container(gap="xxsmall"):
        for column, (name, value, told) in zip(
            st.columns([3, 3, 3, 3, 2, 2, 2], gap="small"), figures, strict=True
        ):
            column.metric(name, value, help=told)
        without = now.gallery.n_clusters - len(clusters.key)
        words = (
            f"{found.labelled:,} of {count(now.hierarchy.n, 'image')} have a label; only those are counted."
        )
        st.caption(words + (f" {count(without, 'cluster')} without a labelled image." if without else ""))


def _choices(found: Audit) -> tuple[str, Order]:
    """Which list, and what is worst; both from the URL."""
    names = {
        SPLIT: f"Split identities ({found.identities.n_broken:,})",
        MIXED: f"Mixed clusters ({found.clusters.n_broken:,})",
        LEVELS: "Each level",
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = switch("audit", names, label="List", resets=("page",), key="audit-list")
        if shown == LEVELS:
            return shown, "images"
        st.space("stretch")
        order = switch(
            "worst", ORDERS, label="Worst first by", resets=("page",), key="audit-order", hint=WORST
        )
    return shown, order


def _groups(now: Explored, found: Audit, shown: str, order: Order) -> None:
    side = found.identities if shown == SPLIT else found.clusters
    worst = side.worst(order)
    if not len(worst):
        nothing = "Every identity lies in one cluster." if shown == SPLIT else "No cluster mixes identities."
        st.success(f"{nothing} That holds for the images with a label.", icon=":material/check_circle:")
        return
    total = n_pages(len(worst), PER_PAGE)
    page = min(max(1, now.page), total)
    make = audit_groups.split_identity if shown == SPLIT else audit_groups.mixed_cluster
    group_list(
        [make(now, side, int(group)) for group in worst[slice(*page_bounds(len(worst), page, PER_PAGE))]],
        key=f"audit-{shown}",
        label=f"{'Split identities' if shown == SPLIT else 'Mixed clusters'}, page {page} of {total}",
        chosen=now.open_cluster,
    )
    page_steps(total, page, key=f"audit-page-{now.key}-{shown}-{order}")


def _levels(now: Explored) -> None:
    rows = zip(opened.audit_levels(now.dataset.row.id, now.run_row.id), now.rows, strict=True)
    natural = now.hierarchy.natural_level
    lines = []
    for it, row in rows:
        cells = (f"{it.split:,}", f"{it.whole:,}", f"{it.mixed:,}", f"{it.pure:,}")
        fb = share(row.scores.Fb if row.scores else None)
        lines.append(LevelLine(it.level, row.natural, (*cells, fb), it.level > natural))
    level_list(lines, COLUMNS, level=now.level, key="audit-levels", chosen=partial(_to_level, now))
    st.caption(
        "Higher levels join more: fewer identities are split, more clusters mix. A click goes to the level."
    )


def _to_level(now: Explored, level: int) -> None:
    now.go_to_level(level)
    url.put(audit=None)
