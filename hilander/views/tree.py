"""The hierarchy laid out as a tree: every branch is one run of images, at every level.

    Hierarchy  ->  Tree: an order of the images, and per level where each cluster begins in it  ->  branches

Images are ordered so that each cluster, whatever its level, is an unbroken run of them; parts of a cluster come
largest first (of equal ones, that with the peak). So a branch is a (start, stop), its parts at any lower level are
found by bisection, and nothing is ever walked node by node. None is the whole.
Knows nothing about what is drawn, thumbnails or Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.branch import Branch, branch_text
from hilander.views.purity import purity_by_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from hilander.hierarchy.ladder import Ladder


@dataclass(frozen=True, eq=False)
class LevelNodes:
    """The clusters of one level, in the order of the tree; all parallel.

    Attributes
    ----------
    start : int32 (c + 1,)      where each begins in `Tree.order`; the last entry is n
    peak : int32 (c,)
    formed : int16 (c,)         the level that made it what it is: no link of a later level is inside
    lasts : int16 (c,)          the last level at which it is still the same set of images
    weakest : float32 (c,)      least link_prob among the links inside, in [0, 1]; NaN for a single image
    purity : float32 (c,)       share of the commonest label among its images of known label; NaN where none is known
    """

    start: NDArray[np.int32]
    peak: NDArray[np.int32]
    formed: NDArray[np.int16]
    lasts: NDArray[np.int16]
    weakest: NDArray[np.float32]
    purity: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.peak)

    @property
    def size(self) -> NDArray[np.int32]:
        """Images in each."""
        return np.diff(self.start)

    def within(self, start: int, stop: int) -> slice:
        """Those that lie in a run of images whose ends are ends of clusters here."""
        first, last = np.searchsorted(self.start, (start, stop))
        return slice(int(first), int(last))


@dataclass(frozen=True, eq=False)
class Tree:
    """A hierarchy as a tree.

    Attributes
    ----------
    order : int32 (n,)   the images, branch after branch
    place : int32 (n,)   where each image stands in `order`
    levels : the clusters of level 0 to the last
    """

    order: NDArray[np.int32]
    place: NDArray[np.int32]
    levels: tuple[LevelNodes, ...]

    @property
    def n(self) -> int:
        return len(self.order)

    @property
    def last(self) -> int:
        """Number of the coarsest level."""
        return len(self.levels) - 1

    def index(self, image: int, level: int) -> int:
        """Which of `levels[level]` holds an image."""
        return int(np.searchsorted(self.levels[level].start, self.place[image], "right")) - 1

    def named(self, branch: Branch) -> Branch:
        """The same set of images by its usual name: its own peak, and the level that formed it.

        Raises
        ------
        InputError   no such image or level
        """
        if not 0 <= branch.peak < self.n or not 0 <= branch.level <= self.last:
            raise InputError(
                f"there is no branch {branch_text(branch)[:40]}: images go from 0 to {self.n - 1}, levels from 0 to "
                f"{self.last}. Choose one in the tree instead."
            )
        nodes, at = self.levels[branch.level], self.index(*branch)
        return Branch(int(nodes.peak[at]), int(nodes.formed[at]))

    def bounds(self, branch: Branch | None) -> tuple[int, int]:
        """Where a branch begins and ends in `order`."""
        if branch is None:
            return 0, self.n
        at = self.index(*branch)
        start, stop = self.levels[branch.level].start[at : at + 2].tolist()
        return start, stop

    def rows(self, branch: Branch | None) -> NDArray[np.int32]:
        """The images of a branch, part after part."""
        return self.order[slice(*self.bounds(branch))]

    def ancestors(self, branch: Branch) -> list[Branch]:
        """The branches that hold this one, itself among them: one for each set of images, smallest first."""
        every = [self.named(Branch(branch.peak, level)) for level in range(branch.level, self.last + 1)]
        return list(dict.fromkeys(every))


def tree_of(hierarchy: Hierarchy, codes: NDArray[np.int64] | None = None) -> Tree:
    """Lay out a hierarchy; O(n log n) for the ordering, then O(nodes) a level.

    Parameters
    ----------
    codes : int64 (n,)   identity of each image, -1 where unknown; None: no purity anywhere
    """
    ladder = hierarchy.ladder
    starts, shown = _runs(ladder)
    peak = [at[by].astype(np.int32) for at, by in zip(ladder.peaks, shown, strict=True)]
    firsts = [np.searchsorted(lower, upper) for lower, upper in pairwise(starts)]
    formed, lasts = _formed(firsts, len(peak[0])), _lasts(firsts, [len(it) for it in peak])
    weakest = _weakest(hierarchy, peak, firsts)
    purity = purity_by_level(codes, peak[0], firsts)
    place = np.empty(hierarchy.n, np.int32)
    place[peak[0]] = np.arange(hierarchy.n, dtype=np.int32)
    levels = map(LevelNodes, starts, peak, formed, lasts, weakest, purity)
    return Tree(peak[0], place, tuple(levels))


Ints = list["NDArray[np.int32]"]


def _runs(ladder: Ladder) -> tuple[Ints, Ints]:
    """Per level: where its clusters begin, in order, with n behind; and which cluster stands where.

    Of the parts of a cluster the largest come first; of equally large ones, the one whose peak is the cluster's too.
    """
    peaks, ups, sizes = ladder.peaks, ladder.up, ladder.sizes
    starts, shown = [], []
    within = np.zeros(len(sizes[-1]), np.int32)  # where the cluster above begins; the whole begins at 0
    other = np.zeros(len(sizes[-1]), bool)  # whether its peak is not that of the cluster above
    for level in range(len(sizes) - 1, -1, -1):
        by = np.lexsort((other, -sizes[level], within)).astype(np.int32)
        start = np.concatenate([[0], np.cumsum(sizes[level][by])]).astype(np.int32)
        starts.append(start)
        shown.append(by)
        if level:
            begins = np.empty(len(by), np.int32)
            begins[by] = start[:-1]
            within = begins[ups[level - 1]]
            other = peaks[level - 1] != peaks[level][ups[level - 1]]
    return starts[::-1], shown[::-1]


def _formed(firsts: list[NDArray[np.int64]], n: int) -> list[NDArray[np.int16]]:
    formed = [np.zeros(n, np.int16)]
    for level, first in enumerate(firsts, 1):
        same = np.diff(first) == 1
        formed.append(np.where(same, formed[-1][first[:-1]], level).astype(np.int16))
    return formed


def _lasts(firsts: list[NDArray[np.int64]], counts: list[int]) -> list[NDArray[np.int16]]:
    lasts = [np.full(counts[-1], len(counts) - 1, np.int16)]
    for level in range(len(firsts) - 1, -1, -1):
        parts = np.diff(firsts[level])
        mine = np.where(parts == 1, lasts[-1], level).astype(np.int16)
        lasts.append(np.repeat(mine, parts))
    return lasts[::-1]


def _weakest(hierarchy: Hierarchy, peak: Ints, firsts: list[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
    """Least link inside each cluster: of its parts' own, and of those that joined the parts."""
    weakest = [np.full(len(peak[0]), np.nan, np.float32)]
    for level, first in enumerate(firsts, 1):
        joined = hierarchy.merge_level[peak[level - 1]] == level
        link = np.where(joined, hierarchy.link_prob[peak[level - 1]], np.nan)
        weakest.append(np.fmin.reduceat(np.fmin(weakest[-1], link), first[:-1]).astype(np.float32))
    return weakest
