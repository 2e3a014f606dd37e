"""The tools of an opened cluster: cut its branch deeper or higher than the rest, and the parts that came of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from hilander.hierarchy.cuts import MOST_CHANGES
from hilander.ui import opened
from hilander.ui.cards import cluster_card
from hilander.ui.components import image_grid
from hilander.ui.cut_steps import FULL
from hilander.ui.explored import Explored
from hilander.ui.words import count
from hilander.views.moves import Move, Moves, parts_of

PARTS = 40
ICONS = {"split": ":material/call_split:", "merge": ":material/call_merge:", "back": ":material/undo:"}
BY_LINKS = "Clusters of a cut by links lie at no level. Choose a level first: then its branches can be cut."
ALONE = "A single image: there is nothing to split."
UNJOINED = "Nothing is joined with this cluster at any higher level."


def branch_tools(now: Explored, peak: int) -> None:
    """Split deeper, merge higher, back to the level of the rest; each says what it will do."""
    if now.hierarchy.n_levels == 0:
        return
    by_links = now.cut.kind == "links"
    moves = None if by_links else opened.moves(now.run_row.id, now.cut, peak)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="branch-tools"):
        deeper, higher, back = (None,) * 3 if moves is None else (moves.deeper, moves.higher, moves.back)
        _tool(now, peak, "Split deeper", deeper, BY_LINKS if by_links else ALONE)
        _tool(now, peak, "Merge higher", higher, BY_LINKS if by_links else UNJOINED)
        if moves is not None and moves.level != moves.usual:
            _tool(now, peak, f"Back to level {moves.usual}", back, "")
        st.caption(_told(moves), help=_HELP, width="content")
    if moves is not None and moves.level < moves.usual:
        _parts(now, peak, moves)


_HELP = (
    "The rest of the cut stays as it is, and every image stays in exactly one cluster. Levels at which nothing would "
    "change here are passed over. Undo is under Mixed cut, or Ctrl+Z."
)


def _tool(now: Explored, peak: int, label: str, move: Move | None, impossible: str) -> None:
    name = label.split(maxsplit=1)[0].lower()
    full = len(now.cut.changes) >= MOST_CHANGES
    can = move is not None and not full
    st.button(
        label,
        icon=ICONS[name],
        key=f"branch-{name}",
        disabled=not can,
        help=FULL if full else impossible if move is None else _promise(move),
        on_click=partial(now.go_to_cut, now.cut.changed(peak, move.level)) if move and can else None,
    )


def _promise(move: Move) -> str:
    """What a press will do, in a sentence."""
    if move.splits:
        return f"Splits into {count(move.clusters, 'cluster')} of level {move.level}."
    images = count(move.images, "image")
    if move.others == 0:
        return f"Stays one cluster, at level {move.level}: {images}."
    return f"Joins {count(move.others, 'other')} at level {move.level}: one cluster of {images}."


def _told(moves: Moves | None) -> str:
    """The same of all tools at once, for who does not hover."""
    if moves is None:
        return "Cut by links: no levels here"
    found = [f"At level {moves.level}", f"split: {_short(moves.deeper)}", f"merge: {_short(moves.higher)}"]
    return " · ".join([*found, *([f"back: {_short(moves.back)}"] if moves.back else [])])


def _short(move: Move | None) -> str:
    if move is None:
        return "not possible"
    if move.splits:
        return f"into {count(move.clusters, 'cluster')} (level {move.level})"
    if move.others == 0:
        return "stays as it is"
    return f"with {count(move.others, 'other')} (level {move.level})"


def _parts(now: Explored, peak: int, moves: Moves) -> None:
    """The branch as the cut has it: its parts, largest first, this one framed."""
    whole = now.gallery_at(moves.usual)
    rows = whole.rows(int(whole.place[peak]))
    places = parts_of(now.gallery, rows)
    more = f", the largest {PARTS} shown" if len(places) > PARTS else ""
    st.markdown(f"**Parts of this branch** · {count(len(places), 'cluster')} in place of one{more}")
    cards = []
    for place in places[:PARTS].tolist():
        card = cluster_card(now.dataset, now.gallery.card(place, strip=0))
        here = card.id == peak
        cards.append(replace(card, chosen=here, tag="open" if here else ""))
    image_grid(cards, key="branch-parts", label="Parts of this branch", layout="row", chosen=now.open_cluster)
