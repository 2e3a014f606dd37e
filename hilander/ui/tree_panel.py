"""The hierarchy as a tree: drawn from a branch downwards, with the way to it above and its parts as cards below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from hilander.hierarchy.branch import Branch
from hilander.ui import branch as looked_at
from hilander.ui import opened
from hilander.ui.cards import image_cards
from hilander.ui.components import Card, image_grid, tree_view
from hilander.ui.components.tree_view import Shape
from hilander.ui.explored import Explored
from hilander.ui.image_dialog import image_dialog
from hilander.ui.switch import switch
from hilander.ui.tree_sheet import boxes_of, crumbs_of, into, peaks_of, ways
from hilander.ui.tree_words import COLOURS, Colour, parts_words
from hilander.ui.words import count, escaped
from hilander.views.tree import Tree
from hilander.views.tree_rows import Drawn, draw, parts_of, row_levels

SHAPES: dict[Shape, str] = {"icicle": "Icicle", "sunburst": "Sunburst"}
PARTS = 24  # cards: fills rows of 2, 3, 4, 6, 8 and 12
LABELLED = "purity"  # the colour that needs labels


@dataclass(frozen=True)
class _View:
    """A branch of a tree, and which of its `parts` (clusters of its first row's level) are shown, from `first` on."""

    tree: Tree
    branch: Branch | None
    parts: np.ndarray
    first: int
    drawn: Drawn

    @property
    def level(self) -> int:
        """Of the parts."""
        return self.drawn.levels[0]


def tree_panel(now: Explored) -> None:
    view = _view(now)
    facts, switches = st.columns([1.4, 1], vertical_alignment="center")
    with facts:
        _facts(now, view)
    with switches.container(horizontal=True, horizontal_alignment="right"):
        named = {name: it.label for name, it in COLOURS.items() if name != LABELLED or _labelled(now)}
        colour = COLOURS[switch("colour", named, label="Colour", key="colour")]
        shape = switch("shape", SHAPES, label="Shape", key="shape")
    _tree(now, view, colour, shape)
    if len(view.parts):
        _parts(now, view, colour)
    else:
        st.caption("One image: there is nothing below it.")
    image_dialog(now)


def _view(now: Explored) -> _View:
    """What the link asks for, drawn; a branch that is not there is said to be left out."""
    tree = opened.tree(now.dataset.row.id, now.run_row.id)
    branch, lost = looked_at.branch_in(tree)
    levels = row_levels(tree, branch, _floor(now, branch))
    parts = parts_of(tree, branch, levels[0]) if levels else np.empty(0, np.int64)
    first, unread = looked_at.first_part(len(parts))
    for note in filter(None, (lost, unread)):
        st.info(escaped(note), icon=":material/info:")
    return _View(tree, branch, parts, first, draw(tree, branch, levels, first=first))


def _floor(now: Explored, branch: Branch | None) -> int:
    """Down to the cut; of a branch inside one of its clusters, down to the images."""
    deepest = min([now.level, *(level for _, level in now.cut.changes)])
    return 0 if branch is not None and branch.level <= deepest else deepest


def _labelled(now: Explored) -> bool:
    return now.dataset.labels is not None


def _facts(now: Explored, view: _View) -> None:
    """What is looked at, and what can be done with it."""
    if view.branch is None:
        st.caption("Click a branch to look inside: gallery and map then show that branch.")
        return
    drawn, peak = view.drawn, view.branch.peak
    level = int(np.clip(now.level, drawn.formed[0], drawn.lasts[0]))
    inside = np.unique(now.gallery.place[view.tree.rows(view.branch)]).size
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Open this cluster",
            icon=":material/open_in_full:",
            help=f"Its images, map and links, at level {level}",
            on_click=partial(now.open_cluster, peak, None if _cut(now, drawn)[0] else level),
        )
        st.button(
            "Show all",
            icon=":material/zoom_out_map:",
            help="Leave this branch: the whole tree again",
            on_click=partial(looked_at.go, looked_at.ALL),
        )
        st.caption(
            f"{count(inside, 'cluster')} here",
            width="content",
            help="Clusters of the cut that have images in this branch",
        )


def _cut(now: Explored, drawn: Drawn) -> np.ndarray:
    """Which boxes are clusters of the cut; none where it is by links, whose clusters lie at no level."""
    if now.cut.kind == "links":
        return np.zeros(len(drawn), bool)
    return drawn.are_cut(now.cut.level_of(now.hierarchy) if now.cut.changes else now.level)


def _tree(now: Explored, view: _View, colour: Colour, shape: Shape) -> None:
    tree, branch, drawn, cut = view.tree, view.branch, view.drawn, _cut(now, view.drawn)
    crumbs, peaks = crumbs_of(now.dataset, tree, branch), peaks_of(now.dataset, drawn)
    above = crumbs[-2].go if branch else None
    size = count(int(drawn.size[0]), "image")
    tree_view(
        boxes_of(drawn, peaks, colour, cut=cut, go=ways(drawn, branch, above, view.first)),
        key="tree",
        shape=shape,
        title=f"All {size}" if branch is None else f"{size} · level {branch.level}",
        label=f"Tree of {size}, {SHAPES[shape].lower()}. Arrow keys move, Enter looks inside, Escape goes up.",
        levels=["", *(f"Level {level}" for level in drawn.levels)],
        thumbs=peaks.thumbs,
        names=peaks.names(),
        crumbs=crumbs,
        legend=colour.legend(drawn, cut=_cut_words(now) if cut.any() else ""),
        chosen=looked_at.go,
    )


def _cut_words(now: Explored) -> str:
    return f"cluster of level {now.level}" if now.cut.kind == "level" else "cluster of the mixed cut"


def _parts(now: Explored, view: _View, colour: Colour) -> None:
    """The parts of the branch as cards: the tree for the keyboard, and for those who look at images."""
    nodes, total, first = view.tree.levels[view.level], len(view.parts), view.first
    shown = view.parts[first : first + PARTS]
    which = "" if len(shown) == total else f" · {first + 1:,} to {first + len(shown):,}, largest first"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Made of** · {parts_words(total, view.level)}{which}")
        if len(shown) < total:
            _page("Larger ones", "arrow_back", view.branch, max(0, first - PARTS), first > 0)
            _page("Smaller ones", "arrow_forward", view.branch, first + PARTS, first + PARTS < total)
    peaks = nodes.peak[shown].tolist()
    if view.level == 0:
        cards = image_cards(now.dataset, peaks)
    else:
        sizes, values = nodes.size[shown].tolist(), colour.of(nodes)[shown].tolist()
        cards = [_card(now, *it, colour) for it in zip(peaks, sizes, values, strict=True)]
    formed = dict(zip(peaks, nodes.formed[shown].tolist(), strict=True))
    image_grid(
        cards,
        key="tree-parts",
        label="Parts of this branch",
        layout="tiles",
        chosen=lambda peak: looked_at.go(into(peak, formed[peak])),
    )


def _card(now: Explored, peak: int, size: int, value: float, colour: Colour) -> Card:
    return Card(
        id=peak,
        image=now.dataset.thumbs.data_url(peak, "large"),
        title=count(size, "image"),
        note=colour.brief(value),
        hover=f"{'Look inside' if size > 1 else 'Look at it'}. Peak: {now.id_of(peak)}",
    )


def _page(label: str, icon: str, branch: Branch | None, first: int, on: bool) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=not on,
        on_click=partial(looked_at.go, looked_at.text_of(branch, first)),
    )
