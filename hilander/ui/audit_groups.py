"""One split identity, or one mixed cluster, as a heading and cards; and what the audit says of an opened cluster."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hilander.ui import opened
from hilander.ui.cards import image_cards
from hilander.ui.components import Card, Group, image_grid
from hilander.ui.explored import Explored
from hilander.ui.image_dialog import ask_for_image
from hilander.ui.words import count, escaped
from hilander.views.audit import Part, Side, usual_first

AUDIT = "audit"
PARTS, ASTRAY = 7, 24
OUTSIDE = "Images outside the largest part: what would have to move for this identity to be whole."
IMPURITY = (
    "Impurity: the share of the cluster's labelled images that are not of its most common identity, 0 to 1."
)


def split_identity(now: Explored, side: Side, group: int) -> Group:
    """An identity and the clusters that hold it, the one with most of it first."""
    total, parts, astray = int(side.total[group]), int(side.parts[group]), int(side.astray[group])
    return Group(
        title=name_of(now, int(side.key[group])),
        note=f"{count(total, 'image')} in {count(parts, 'cluster')}; {astray:,} outside the largest part",
        note_help=OUTSIDE,
        cards=_parts(now, side, group),
        more=_more(parts, "cluster"),
    )


def mixed_cluster(now: Explored, side: Side, group: int) -> Group:
    """A cluster and the identities in it, the most common first."""
    place, total = int(side.key[group]), int(side.total[group])
    size, peak = int(now.gallery.sizes[place]), int(now.gallery.peaks[place])
    labelled = "" if total == size else f", {total:,} with a label"
    parts = side.cells(group, PARTS)
    return Group(
        title=f"Cluster #{place}",
        note=f"{count(size, 'image')}{labelled}; {count(int(side.parts[group]), 'identity', 'identities')}; "
        f"impurity {side.share(group):.2f} · peak {now.id_of(peak)}",
        note_help=IMPURITY,
        cards=tuple(_identity_card(now, part, peak, total) for part in parts),
        more=_more(int(side.parts[group]), "identity", "identities"),
    )


def name_of(now: Explored, identity: int) -> str:
    labels = now.dataset.labels
    assert labels is not None
    return str(labels.class_names[identity]) or "(label without a name)"


def about_opened(now: Explored) -> None:
    """Over a cluster opened from the audit: its images of another identity first, and where else its own lies."""
    labels = now.dataset.labels
    if now.view != AUDIT or now.cluster is None or labels is None or now.rows[0].scores is None:
        return
    rows = now.gallery.rows(now.gallery.place_of(now.cluster))
    usual, astray = usual_first(labels.codes, rows)
    with st.container(border=True, key="audit-opened"):
        if usual < 0:
            st.caption("Audit: no image of this cluster has a label.")
            return
        _astray(now, usual, astray, int((labels.codes[rows] >= 0).sum()))
        _other_parts(now, usual, now.cluster)


def _astray(now: Explored, usual: int, astray: np.ndarray, labelled: int) -> None:
    name = escaped(name_of(now, usual))
    if not len(astray):
        st.markdown(f"**Audit** · {count(labelled, 'labelled image')}, all of identity {name}")
        return
    more = f", the first {ASTRAY} shown" if len(astray) > ASTRAY else ""
    st.markdown(
        f"**Audit** · most common identity: {name} · {len(astray):,} of {count(labelled, 'labelled image')} "
        f"of another identity, the rarest first{more}"
    )
    image_grid(
        image_cards(now.dataset, astray[:ASTRAY]),
        key="audit-astray",
        label="Images of another identity",
        layout="row",
        chosen=ask_for_image,
    )


def _other_parts(now: Explored, identity: int, peak: int) -> None:
    side = opened.audit(now.dataset.row.id, now.run_row.id, now.cut).identities
    group = side.group_of(identity)
    if group is None or side.parts[group] < 2:
        return
    cards = [card for card in _parts(now, side, group) if card.id != peak]
    more = _more(int(side.parts[group]), "cluster")
    st.markdown(
        f"Its identity also lies in {count(int(side.parts[group]) - 1, 'other cluster')} {more}".rstrip()
    )
    image_grid(
        cards,
        key="audit-parts",
        label="Other clusters of this identity",
        layout="row",
        chosen=now.open_cluster,
    )


def _parts(now: Explored, side: Side, group: int) -> tuple[Card, ...]:
    total = int(side.total[group])
    return tuple(_part_card(now, part, total) for part in side.cells(group, PARTS))


def _part_card(now: Explored, part: Part, total: int) -> Card:
    """A cluster that holds some of an identity."""
    peak, size = int(now.gallery.peaks[part.other]), int(now.gallery.sizes[part.other])
    return Card(
        id=peak,
        image=now.dataset.thumbs.data_url(part.image, "large"),
        title=f"{part.count:,} of {total:,}",
        note=f"#{part.other} · {count(size, 'image')}",
        hover=f"Open cluster #{part.other}, peak {now.id_of(peak)}: it holds {part.count:,} of the identity's "
        f"{count(total, 'image')} among {size:,}",
    )


def _identity_card(now: Explored, part: Part, peak: int, total: int) -> Card:
    """An identity within a mixed cluster."""
    name = name_of(now, part.other)
    return Card(
        id=peak,
        image=now.dataset.thumbs.data_url(part.image, "large"),
        title=name,
        note=f"{count(part.count, 'image')}",
        hover=f"Open the cluster: {part.count:,} of its {count(total, 'labelled image')} are {name}",
    )


def _more(parts: int, noun: str, plural: str | None = None) -> str:
    return f"+ {count(parts - PARTS, 'more ' + noun, plural and 'more ' + plural)}" if parts > PARTS else ""
