"""What is drawn of a tree: some rows of branches under the one looked at, never more than are legible.

    Tree, branch, levels  ->  Drawn: boxes with a place, a size and what they stand for

Every box is at least `LEAST` wide, so a row holds at most 1 / LEAST of them, however many images there are: the
smaller parts of a branch become one box ("n more", maybe all of them). Widths go by images; boxes of "more" are drawn
at `MOST_REST` of their branch at most, however much they hold: where they hold more than that, fewer parts are shown
and these wider, most of all in the upper rows. Knows nothing about colours, thumbnails or pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.hierarchy.branch import Branch
from hilander.views.tree import LevelNodes, Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, LEAST_ROWS = 7, 3  # under the branch looked at: at most, and at least where there are as many
LEAST = 1 / 144  # of the whole width
WIDE = (
    1 / 24
)  # the same in the first row, half of it in the next and so on, of branches of mostly small parts
MOST_REST = 0.4  # of a branch's width
BEFORE = 0.06  # of the width, for the parts paged over
BRANCH, MORE, BEFORE_FIRST = 0, 1, 2  # kinds


@dataclass(frozen=True, eq=False)
class Drawn:
    """The boxes of a tree, the branch looked at first, each after its parent; all parallel but `levels`.

    Attributes
    ----------
    levels : the level that each row under the first shows; a box stands in a row where its branch is a part there
    kind : BRANCH, MORE (smaller parts of the parent, together) or BEFORE_FIRST (larger ones, paged over)
    parent : box it is part of, -1 for the first
    top, bottom : first and last row, from 0, that it fills: more than one where nothing splits it
    left, right : in [0, 1] of the width
    size : images;  count : clusters that it stands for, 1 for a branch
    parts : clusters of its next row that it splits into; 0 where it does not split in the rows drawn
    peak, formed, lasts : as `LevelNodes`; -1 for what is no branch
    weakest, purity : as `LevelNodes`; NaN for what is no branch
    """

    levels: tuple[int, ...]
    kind: NDArray[np.int8]
    parent: NDArray[np.int32]
    top: NDArray[np.int16]
    bottom: NDArray[np.int16]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    size: NDArray[np.int64]
    count: NDArray[np.int64]
    parts: NDArray[np.int64]
    peak: NDArray[np.int64]
    formed: NDArray[np.int16]
    lasts: NDArray[np.int16]
    weakest: NDArray[np.float32]
    purity: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.kind)

    def are_cut(self, level: int | NDArray[np.int16]) -> NDArray[np.bool_]:
        """Bool: which boxes are clusters of a cut; level : of the cut, or of each image's cluster in it (n,)."""
        at = level if isinstance(level, int) else level[np.maximum(self.peak, 0)]
        return np.asarray((self.kind == BRANCH) & (self.formed <= at) & (at <= self.lasts))


def row_levels(tree: Tree, branch: Branch | None, floor: int, *, most: int = ROWS) -> tuple[int, ...]:
    """The levels to show under a branch, coarsest first: where something splits it, down to `floor`.

    Past `LEAST_ROWS` no further than `floor`; where that is more than `most`, a choice of them in which the
    number of clusters grows evenly (by factors), with the last one, that of the floor, kept.
    """
    start, stop = tree.bounds(branch)
    top = tree.last + 1 if branch is None else tree.named(branch).level
    levels: list[int] = []
    counts = [1]
    for level in range(top - 1, -1, -1):
        if level < floor and len(levels) >= LEAST_ROWS:
            break
        among = tree.levels[level].within(start, stop)
        if among.stop - among.start > counts[-1]:
            levels.append(level)
            counts.append(among.stop - among.start)
    if len(levels) <= most:
        return tuple(levels)
    wanted = np.linspace(0, np.log(counts[-1]), most + 1)[1:]
    nearest = np.abs(np.log(counts[1:])[:, None] - wanted).argmin(0)
    return tuple(levels[at] for at in sorted({*nearest.tolist(), len(levels) - 1}))


def parts_of(tree: Tree, branch: Branch | None, level: int) -> NDArray[np.int64]:
    """Which of `tree.levels[level]` a branch is made of, largest first."""
    return _largest_first(tree.levels[level], *tree.bounds(branch))


def draw(tree: Tree, branch: Branch | None, levels: tuple[int, ...], *, first: int = 0) -> Drawn:
    """The boxes of a branch and what it is made of at `levels`; of its own parts those from `first` on."""
    sheet = _Sheet(tree)
    here = [sheet.root(branch)]
    for row, level in enumerate(levels, 1):
        here = [box for parent in here for box in sheet.split(parent, row, level, first if row == 1 else 0)]
    return sheet.drawn(levels)


@dataclass(frozen=True)
class _Box:
    """A branch that may be split further: its number, its run of images, its place."""

    number: int
    start: int
    stop: int
    left: float
    right: float


@dataclass
class _Sheet:
    """Boxes as they are drawn, row by row."""

    tree: Tree
    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in Drawn.__annotations__ if name != "levels"}
    )

    def root(self, branch: Branch | None) -> _Box:
        start, stop = self.tree.bounds(branch)
        nodes = self.tree.levels[self.tree.last if branch is None else branch.level]
        at = nodes.within(start, stop)
        if at.stop - at.start > 1:  # the whole, whose parts were never joined
            self._add(BRANCH, -1, 0, span=(0.0, 1.0), size=self.tree.n)
        else:
            self._add_branch(nodes, at.start, -1, 0, span=(0.0, 1.0))
        return _Box(0, start, stop, 0.0, 1.0)

    def split(self, box: _Box, row: int, level: int, first: int) -> list[_Box]:
        """Draw the parts of a box in that row; what of them may be split further."""
        nodes = self.tree.levels[level]
        among = nodes.within(box.start, box.stop)
        if among.stop - among.start == 1:
            return [box]
        parts = _largest_first(nodes, box.start, box.stop)
        self.columns["parts"][box.number] = len(parts)
        self.columns["bottom"][box.number] = row - 1
        first = min(first, len(parts) - 1)
        left = box.left + (BEFORE if first else 0)
        before, parts = parts[:first], parts[first:]
        wide = max(LEAST, WIDE / 2 ** (row - 1))
        widths = _with_a_last_one(
            shares(nodes.size[parts], box.right - left, wide), box.right - left, len(parts)
        )
        self._add_group(BEFORE_FIRST, nodes, before, box.number, row, span=(box.left, left))
        drawn = []
        for at, width in zip(parts.tolist(), widths.tolist(), strict=False):
            number = self._add_branch(nodes, at, box.number, row, span=(left, left + width))
            start, stop = nodes.start[at : at + 2].tolist()
            drawn.append(_Box(number, start, stop, left, left + width))
            left += width
        self._add_group(MORE, nodes, parts[len(widths) :], box.number, row, span=(left, box.right))
        return drawn

    def drawn(self, levels: tuple[int, ...]) -> Drawn:
        bottom = [len(levels) if it < 0 else it for it in self.columns["bottom"]]
        columns = self.columns | {"bottom": bottom}
        return Drawn(levels, **{name: np.array(it, _TYPES[name]) for name, it in columns.items()})

    def _add_branch(self, nodes: LevelNodes, at: int, parent: int, row: int, *, span: Span) -> int:
        size = int(nodes.start[at + 1] - nodes.start[at])
        number = self._add(BRANCH, parent, row, span=span, size=size)
        for name in ("peak", "formed", "lasts", "weakest", "purity"):
            self.columns[name][number] = getattr(nodes, name)[at]
        return number

    def _add_group(
        self, kind: int, nodes: LevelNodes, among: NDArray[np.int64], parent: int, row: int, *, span: Span
    ) -> None:
        """One box for several parts, if there are any."""
        if len(among):
            size = int(nodes.size[among].sum())
            self._add(kind, parent, row, span=span, size=size, count=len(among))

    def _add(self, kind: int, parent: int, row: int, *, span: Span, size: int, count: int = 1) -> int:
        """A box, until it is split down to the last row (-1)."""
        left, right = span
        values = {"kind": kind, "parent": parent, "top": row, "bottom": -1, "left": left, "right": right}
        values |= {"size": size, "count": count, "parts": 0, "peak": -1, "formed": -1, "lasts": -1}
        for name, column in self.columns.items():
            column.append(values.get(name, np.nan))
        return len(self.columns["kind"]) - 1


Span = tuple[float, float]
_TYPES: dict[str, type] = {
    **dict.fromkeys(("size", "count", "parts", "peak"), np.int64),
    **dict.fromkeys(("top", "bottom", "formed", "lasts"), np.int16),
    **dict.fromkeys(("left", "right"), np.float64),
    **dict.fromkeys(("weakest", "purity"), np.float32),
    "kind": np.int8,
    "parent": np.int32,
}


def _with_a_last_one(widths: NDArray[np.float64], width: float, parts: int) -> NDArray[np.float64]:
    """Where one part alone is not shown, it is shown in the place of the rest: itself rather than "1 more"."""
    return np.append(widths, width - widths.sum()) if len(widths) == parts - 1 > 0 else widths


def shares(size: NDArray[np.int32], width: float, wide: float = LEAST) -> NDArray[np.float64]:
    """Widths of the parts of a box that are shown; what they leave of `width` is the rest's, together.

    size : images of each part, largest first. As many are shown as are `LEAST` wide, maybe none; if the rest has to
    be drawn smaller than it is, as many as are `wide`
    """
    total = np.cumsum(size, dtype=np.float64)
    if size[-1] * width >= LEAST * total[-1]:
        return np.asarray(size * (width / total[-1]))
    least = LEAST / width
    rest = np.clip(1 - total / total[-1], least, max(least, MOST_REST))  # were it the last one shown
    last = size * width * (1 - rest) / total  # its width then
    shown = int(np.count_nonzero(last >= LEAST))
    if shown and total[shown - 1] < (1 - MOST_REST) * total[-1]:
        shown = int(np.count_nonzero(last >= wide)) or shown
    if not shown:
        return np.empty(0)
    return np.asarray(size[:shown] * (width * (1 - rest[shown - 1]) / total[shown - 1]))


def _largest_first(nodes: LevelNodes, start: int, stop: int) -> NDArray[np.int64]:
    among = nodes.within(start, stop)
    size = np.diff(nodes.start[among.start : among.stop + 1])
    return np.asarray(np.argsort(-size, kind="stable") + among.start)
