"""The hierarchy of n images as a forest: who linked to whom, at which level, how surely.

    four arrays of length n  ->  labels at any level, re-cuts, lineages, merges

Everything is derived from the arrays in O(n) numpy steps, without the network and without a loop over images.
Knows nothing about how links were predicted, about image files or about pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hilander.config import LevelChoice, check_share
from hilander.errors import InputError
from hilander.hierarchy import storage
from hilander.hierarchy.decode import roots
from hilander.hierarchy.ladder import Ladder

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class LevelStats:
    """What building one level took: its nodes, its graph's edges, the links that it made."""

    nodes: int
    edges: int
    new_links: int


@dataclass(frozen=True)
class Merges:
    """The links of one level, least probable first; four parallel arrays.

    child, into : int64, image numbers (the peak that stopped being one, and the image it linked to)
    link_prob : float32 in [0, 1];  link_sim : float32 in [-1, 1], cosine of the two images
    """

    child: NDArray[np.int64]
    into: NDArray[np.int64]
    link_prob: NDArray[np.float32]
    link_sim: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.child)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Levels 0 (every image by itself) to `n_levels` (the coarsest), as one forest over the images.

    Attributes
    ----------
    parent : int64 (n,)        the image this one linked to when it stopped being a peak; itself if it never did
    merge_level : int16 (n,)   the level of that link, 1 to n_levels; n_levels + 1 if there is none
    link_prob : float32 (n,)   P(linked) of that link, in [0, 1]; 0 if there is none
    link_sim : float32 (n,)    cosine of the two images, in [-1, 1]; 0 if there is none
    density : float32          densities of the nodes of levels 0 to n_levels - 1, one level after another
    levels : a `LevelStats` for each level from 1
    natural_level : the level at which the network converged or stopped early; what `cut` takes by default. The links
        past it (coarser levels) are made by closeness (`coarser`): their link_prob is what the network thinks of
        them all the same, mostly little
    """

    parent: NDArray[np.int64]
    merge_level: NDArray[np.int16]
    link_prob: NDArray[np.float32]
    link_sim: NDArray[np.float32]
    density: NDArray[np.float32]
    levels: tuple[LevelStats, ...]
    natural_level: int

    def __post_init__(self) -> None:
        if not len(self.parent) == len(self.merge_level) == len(self.link_prob) == len(self.link_sim):
            raise ValueError("parent, merge_level, link_prob and link_sim must have one length")
        if len(self.density) != sum(level.nodes for level in self.levels):
            raise ValueError("density must hold one value for each node of each level")

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.parent)

    @property
    def n_levels(self) -> int:
        """Number of the coarsest level; 0 if nothing ever merged."""
        return len(self.levels)

    def resolve(self, level: LevelChoice) -> int:
        """A level's number from a number, "natural" or "last".

        Raises
        ------
        InputError   no such level
        """
        if level == "natural":
            return self.natural_level
        if level == "last":
            return self.n_levels
        if isinstance(level, str) or not 0 <= level <= self.n_levels:
            raise InputError(
                f"level must be a whole number from 0 to {self.n_levels}, natural or last; got {level!r}."
            )
        return int(level)

    def peak_of(self, level: LevelChoice) -> NDArray[np.int64]:
        """int64 (n,): the peak image of every image's cluster at a level."""
        return self.ladder.peak_of(self.resolve(level))

    def peaks_at(self, level: LevelChoice) -> NDArray[np.int64]:
        """int64 (c,): the peak images of a level, ascending; cluster number c of `labels_at` is entry c."""
        return np.flatnonzero(self.merge_level > self.resolve(level))

    def labels_at(self, level: LevelChoice) -> NDArray[np.int32]:
        """int32 (n,): every image's cluster at a level, numbered from 0 in the order of `peaks_at`."""
        return _numbered(self.peak_of(level))

    def recut_peaks(self, min_link: float) -> NDArray[np.int64]:
        """int64 (n,): the peak of every image when only links with link_prob >= min_link hold.

        All levels count, those past the natural one too: most of their links are improbable and fall first, but one
        that the network thinks likely holds. With min_link at 0 this is `peak_of("last")`.
        """
        check_share("min_link", min_link, hint="it is the least link probability that holds")
        return self._tops(self.link_prob >= np.float32(min_link))

    def recut(self, min_link: float) -> NDArray[np.int32]:
        """int32 (n,): clusters of `recut_peaks`, numbered from 0 in the order of their peaks."""
        return _numbered(self.recut_peaks(min_link))

    def members(self, peak: int, level: LevelChoice) -> NDArray[np.int64]:
        """The images of the cluster that holds image `peak` at a level, ascending."""
        top = self.peak_of(level)
        return np.flatnonzero(top == top[self._image(peak)])

    def lineage(self, image: int) -> NDArray[np.int64]:
        """int64 (n_levels + 1,): the peak of one image's cluster at each level, itself at level 0."""
        peaks, current = np.empty(self.n_levels + 1, np.int64), self._image(image)
        for level in range(self.n_levels + 1):
            while self.merge_level[current] <= level:
                current = int(self.parent[current])
            peaks[level] = current
        return peaks

    def parent_of(self, peak: int, level: LevelChoice) -> int:
        """The peak, one level up, of the cluster that holds `peak`; at the last level, the peak itself."""
        here = self.resolve(level)
        return int(self.lineage(peak)[min(here + 1, self.n_levels)])

    def children(self, peak: int, level: LevelChoice) -> NDArray[np.int64]:
        """The peaks, one level down, that make up the cluster of `peak`: its own first, then ascending.

        At level 0 there is nothing below: empty.
        """
        here = self.resolve(level)
        if here == 0:
            return np.empty(0, np.int64)
        top = self.lineage(peak)[here]
        below = np.flatnonzero((self.merge_level >= here) & (self.peak_of(here) == top))
        return np.concatenate([[top], below[below != top]])

    def merges(self, level: LevelChoice) -> Merges:
        """The links made at a level, least probable first. Level 0 makes none."""
        child = np.flatnonzero(self.merge_level == self.resolve(level)) if self.resolve(level) else _NONE
        child = child[np.argsort(self.link_prob[child], kind="stable")]
        return Merges(child, self.parent[child], self.link_prob[child], self.link_sim[child])

    def density_at(self, level: int) -> NDArray[np.float32]:
        """float32, parallel to `peaks_at(level)`: densities that the links of level + 1 were chosen by.

        Level from 0 to n_levels - 1. From the natural level on, links lead to larger clusters, not to denser ones.
        """
        if not 0 <= level < self.n_levels:
            raise InputError(f"densities exist for levels 0 to {self.n_levels - 1}; got {level!r}.")
        start = sum(stats.nodes for stats in self.levels[:level])
        return self.density[start : start + self.levels[level].nodes]

    def save(self, folder: Path) -> None:
        """Write the arrays as .npy and the counts as JSON into a folder (made if it is not there)."""
        storage.save_hierarchy(self, folder)

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> Hierarchy:
        """Read what `save` wrote; with `mmap` the arrays stay on disk until they are touched.

        Raises
        ------
        InputError   the folder holds no hierarchy, or a damaged one
        """
        arrays, stats, natural = storage.load_hierarchy(folder, mmap=mmap)
        return cls(**arrays, levels=tuple(LevelStats(**s) for s in stats), natural_level=natural)

    def _tops(self, holds: NDArray[np.bool_]) -> NDArray[np.int64]:
        top: NDArray[np.int64] = roots(np.where(holds, self.parent, self._self))
        return top

    @cached_property
    def ladder(self) -> Ladder:
        """The nodes of all levels and the steps between them; made on first use, shared, not to be written to."""
        return Ladder.of(self.parent, self.merge_level, self.n_levels)

    @cached_property
    def _self(self) -> NDArray[np.int64]:
        return np.arange(self.n)

    def _image(self, image: int) -> int:
        if not 0 <= image < self.n:
            raise InputError(f"image must be a row number from 0 to {self.n - 1}; got {image!r}.")
        return int(image)


_NONE = np.empty(0, np.int64)


def _numbered(peak: NDArray[np.int64]) -> NDArray[np.int32]:
    is_peak = peak == np.arange(len(peak))
    return (np.cumsum(is_peak) - 1)[peak].astype(np.int32)
