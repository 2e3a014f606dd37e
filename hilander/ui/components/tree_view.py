"""A tree of branches as an icicle or a sunburst, with the way from the whole to the branch looked at above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

from hilander.ui.components.parts import hand_over, script, source

_mount = st.components.v2.component(
    "hilander_tree",
    html=source("tree.html"),
    css=source("tree.css"),
    js=script("make.js", "tree_boxes.js", "tree_rings.js", "tree.js"),
)

Shape = Literal["icicle", "sunburst"]


@dataclass(frozen=True)
class Boxes:
    """The boxes of the tree, the one that holds all others first; all parallel.

    Attributes
    ----------
    kind : 0 for a branch, else a group of branches (hatched)
    parent : number of the box that it is part of, -1 for the first
    top, bottom : first and last row, from 0;  left, right : in [0, 1]
    size : images;  count : branches in it
    shade : class of its colour: s0 to s4, or none
    cut : whether a line is drawn under it
    picture : which of `thumbs` and `names` is its, -1 for none
    hover : lines shown on hover
    go : what a click reports; None: nothing happens
    """

    kind: list[int]
    parent: list[int]
    top: list[int]
    bottom: list[int]
    left: list[float]
    right: list[float]
    size: list[int]
    count: list[int]
    shade: list[str]
    cut: list[bool]
    picture: list[int]
    hover: list[str]
    go: list[str | None]


@dataclass(frozen=True)
class Crumb:
    """A branch on the way: its peak's thumbnail (or none), two lines, and what a click reports.

    skipped : whether branches between it and the one before are left out
    """

    title: str
    note: str
    hover: str
    go: str
    image: str = ""
    skipped: bool = False


@dataclass(frozen=True)
class Legend:
    """items : class of a colour, and what it means."""

    title: str
    help: str
    items: tuple[tuple[str, str], ...]


def tree_view(
    boxes: Boxes,
    *,
    key: str,
    shape: Shape,
    title: str,
    label: str,
    levels: Sequence[str],
    thumbs: Sequence[str],
    names: Sequence[str],
    crumbs: Sequence[Crumb],
    legend: Legend,
    chosen: Callable[[str], None],
) -> None:
    """Draw the tree; a click calls `chosen` with what the box or crumb has to report, before the page runs again.

    title : in the first box;  levels : what stands beside each row;  label : for screen readers
    """
    data = asdict(boxes) | {
        "shape": shape,
        "title": title,
        "label": label,
        "levels": list(levels),
        "thumbs": list(thumbs),
        "names": list(names),
        "crumbs": [asdict(it) for it in crumbs],
        "legend": asdict(legend),
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))
