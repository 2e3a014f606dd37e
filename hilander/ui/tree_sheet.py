"""From what is drawn of a tree to what the component is told: texts, thumbnails, where a click leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hilander.hierarchy.branch import Branch
from hilander.services.datasets import Dataset
from hilander.ui.branch import text_of, text_of_image
from hilander.ui.cards import label_of
from hilander.ui.components import Boxes, Crumb
from hilander.ui.tree_words import Colour, hover_texts
from hilander.ui.words import count
from hilander.views.tree import Tree
from hilander.views.tree_rows import BEFORE_FIRST, BRANCH, Drawn

CRUMBS = 5  # after the whole: one line where the window is 1280 px wide
PAGE = 24  # parts that one step back goes at least


@dataclass(frozen=True)
class Peaks:
    """The peaks of the boxes: of each box its place among them (-1: none), their thumbnails, ids and labels."""

    place: list[int]
    thumbs: list[str]
    ids: list[str]
    labels: list[str]

    def names(self) -> list[str]:
        """What a box shows of its peak where there is room: its label, else its id."""
        return [label or name for name, label in zip(self.ids, self.labels, strict=True)]

    def full(self) -> list[str]:
        """Of each box: id and label of its peak, nothing where it has none."""
        told = [f"{name} · {it}" if it else name for name, it in zip(self.ids, self.labels, strict=True)]
        return [told[at] if at >= 0 else "" for at in self.place]


def peaks_of(dataset: Dataset, drawn: Drawn) -> Peaks:
    rows = np.unique(drawn.peak[drawn.peak >= 0])
    place = np.where(drawn.peak >= 0, np.searchsorted(rows, drawn.peak), -1)
    return Peaks(
        place.tolist(),
        [dataset.thumbs.data_url(row) for row in rows.tolist()],
        [str(dataset.ids[row]) for row in rows.tolist()],
        [label_of(dataset, row) for row in rows.tolist()],
    )


def boxes_of(
    drawn: Drawn, peaks: Peaks, colour: Colour, *, cut: np.ndarray, go: Sequence[str | None]
) -> Boxes:
    """What the component draws. cut : bool, which are clusters of the cut;  go : where a click on each leads."""
    values = [colour.tell(value) for value in colour.of(drawn).tolist()]
    return Boxes(
        kind=drawn.kind.tolist(),
        parent=drawn.parent.tolist(),
        top=drawn.top.tolist(),
        bottom=drawn.bottom.tolist(),
        left=drawn.left.round(6).tolist(),
        right=drawn.right.round(6).tolist(),
        size=drawn.size.tolist(),
        count=drawn.count.tolist(),
        shade=colour.shades(drawn),
        cut=cut.tolist(),
        picture=peaks.place,
        hover=hover_texts(drawn, peaks.full(), values),
        go=list(go),
    )


def ways(drawn: Drawn, branch: Branch | None, above: str | None, first: int) -> list[str | None]:
    """Where a click on each box leads: into a branch, to the parts that "more" stands for; the first box leads out.

    above : where the branch looked at is left for;  first : the first of its parts that is shown
    """
    shown = int(((drawn.parent == 0) & (drawn.kind == BRANCH)).sum())
    found: list[str | None] = [above]
    inside = [into(int(peak), int(formed)) for peak, formed in zip(drawn.peak, drawn.formed, strict=True)]
    for at in range(1, len(drawn)):
        kind, parent = int(drawn.kind[at]), int(drawn.parent[at])
        if kind == BRANCH:
            found.append(inside[at])
        elif kind == BEFORE_FIRST:
            found.append(text_of(branch, max(0, first - max(PAGE, shown))))
        else:  # in a part of the branch the rest is looked at by looking into that part: there it has more room
            found.append(text_of(branch, first + shown) if parent == 0 else inside[parent])
    return found


def into(peak: int, formed: int) -> str:
    """Where a branch of that peak is looked at; -1 for none: the whole."""
    if peak < 0:
        return text_of(None)
    return text_of(Branch(peak, formed)) if formed else text_of_image(peak)


def crumbs_of(dataset: Dataset, tree: Tree, branch: Branch | None) -> list[Crumb]:
    """The way from the whole to a branch: at most `CRUMBS` after the whole, those in between evenly chosen."""
    found = [Crumb("All", count(tree.n, "image"), "Show the whole tree", text_of(None))]
    if branch is None:
        return found
    way = [it for it in reversed(tree.ancestors(branch)) if _size(tree, it) < tree.n]
    kept = np.unique(np.linspace(0, len(way) - 1, min(CRUMBS, len(way))).round().astype(int)).tolist()
    for at, before in zip(kept, [-1, *kept], strict=False):
        found.append(_crumb(dataset, tree, way[at], skipped=at > before + 1))
    return found


def _crumb(dataset: Dataset, tree: Tree, branch: Branch, *, skipped: bool) -> Crumb:
    peak, level = branch
    return Crumb(
        f"Level {level}",
        count(_size(tree, branch), "image"),
        f"Peak: {dataset.ids[peak]}" + (". Some levels before it are left out here." if skipped else ""),
        text_of(branch),
        dataset.thumbs.data_url(peak),
        skipped,
    )


def _size(tree: Tree, branch: Branch) -> int:
    start, stop = tree.bounds(branch)
    return stop - start
