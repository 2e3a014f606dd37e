"""A cut as a gallery: clusters largest first, each with its peak and its members.

    peak of every image  ->  Gallery  ->  pages of ClusterCard

Plain numbers only: knows nothing about thumbnails, ids or Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClusterCard:
    """What a gallery shows of one cluster; every number is an image number.

    Attributes
    ----------
    peak : the cluster's peak image
    size : images in it
    strip : some members, the peak left out
    more : members that are neither the peak nor in the strip
    """

    peak: int
    size: int
    strip: tuple[int, ...]
    more: int


@dataclass(frozen=True)
class Gallery:
    """The clusters of a cut, largest first (equal sizes: smaller peak number first). 8 bytes an image, 20 a cluster.

    Attributes
    ----------
    peaks : int32 (c,) peak image of each cluster
    sizes : int32 (c,) images in each cluster
    members : int32 (n,) images cluster by cluster, the peak first, then ascending
    starts : int32 (c + 1,) where each cluster begins in `members`
    ascending : int32 (c,) the peaks by image number
    position : int32 (c,) place in `peaks` of each of `ascending`
    place : int32 (n,) place in `peaks` of every image's cluster
    """

    peaks: np.ndarray
    sizes: np.ndarray
    members: np.ndarray
    starts: np.ndarray
    ascending: np.ndarray
    position: np.ndarray
    place: np.ndarray

    @property
    def n_clusters(self) -> int:
        return len(self.peaks)

    def place_of(self, peak: int) -> int:
        """Place, from 0, of the cluster whose peak is that image; ValueError when it is none."""
        at = int(np.searchsorted(self.ascending, peak))
        if at == self.n_clusters or self.ascending[at] != peak:
            raise ValueError(f"image {peak} is no peak here")
        return int(self.position[at])

    def peak_of(self, image: int) -> int:
        """The peak of an image's cluster."""
        return int(self.peaks[self.place[image]])

    def rows(self, place: int) -> np.ndarray:
        """Images of the cluster at that place, its peak first."""
        return self.members[self.starts[place] : self.starts[place + 1]]

    def holding(self, rows: np.ndarray) -> np.ndarray:
        """Places, ascending, of the clusters that hold some of these images."""
        held = np.zeros(self.n_clusters, bool)
        held[self.place[rows]] = True
        return np.flatnonzero(held)

    def rows_of(self, peaks: np.ndarray) -> np.ndarray:
        """Images of all these peaks' clusters, ascending; O(n)."""
        wanted = np.zeros(self.n_clusters, dtype=bool)
        wanted[self.place[peaks]] = True
        return np.flatnonzero(wanted[self.place])

    def card(self, place: int, *, strip: int) -> ClusterCard:
        rows = self.rows(place)
        shown = _spread(rows[1:], strip)
        return ClusterCard(
            peak=int(self.peaks[place]),
            size=len(rows),
            strip=tuple(int(row) for row in shown),
            more=len(rows) - 1 - len(shown),
        )


def gallery_of(peak: np.ndarray) -> Gallery:
    """Arrange a cut for looking at, in O(n) but for ordering the clusters by size.

    Parameters
    ----------
    peak : int (n,)   the peak image of every image's cluster (`Cut.peak_of`)
    """
    counts = np.bincount(peak, minlength=len(peak))
    ascending = np.flatnonzero(counts).astype(np.int32)
    counts = counts[ascending].astype(np.int32)
    order = np.argsort(-counts, kind="stable")
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order))
    place_at = np.empty(len(peak), np.int32)
    place_at[ascending] = position
    place = place_at[peak]
    behind_peak = np.flatnonzero(peak != np.arange(len(peak))).astype(np.int32)
    peaks_first = np.concatenate([ascending, behind_peak])
    members = peaks_first[_grouped(place[peaks_first])]
    starts = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int32)
    return Gallery(ascending[order], counts[order], members, starts, ascending, position, place)


def _grouped(numbers: np.ndarray) -> np.ndarray:
    """Order of non-negative int32 numbers, equal ones as they came: numpy counts, and need not compare, in 16 bits."""
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    high = numbers >> 16
    return order[np.argsort(high.astype(np.uint16)[order], kind="stable")] if high.any() else order


def n_pages(total: int, per_page: int) -> int:
    """Pages that `total` things take, at least one."""
    return max(1, -(-total // per_page))


def page_bounds(total: int, number: int, per_page: int) -> tuple[int, int]:
    """First and last-plus-one place on page `number` (from 1; pages past the end give the last one)."""
    number = min(max(1, number), n_pages(total, per_page))
    first = (number - 1) * per_page
    return first, min(total, first + per_page)


def _spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of the rows, evenly over the whole, in order: a fairer look than the first few."""
    if len(rows) <= count:
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]
