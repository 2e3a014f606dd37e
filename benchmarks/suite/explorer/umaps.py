"""A cluster's own UMAP: how long the first time and the second, and whether the page can be used meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hilander.views.gallery import gallery_of
from suite.explorer.shown import MAP, cluster_of, gallery_at
from suite.explorer.visit import NotThereError, Visit

PER_PAGE = 30  # of the gallery
NEAR = 0.3  # how far from the size asked for a cluster may be


@dataclass(frozen=True)
class Umap:
    """size : members of the cluster; first, second : ms from the click to the map; late : of the second, those after
    the members were shown; members, turned : the first time, until the members were shown, and from a click until their
    next page was, while the map was computed."""

    size: int
    first: float
    second: float
    late: float
    members: float
    turned: float


def umap(at: Visit, size: int) -> Umap:
    """Of a cluster of about that many members, whatever its level."""
    level, peak, members = _found(at, size)
    page = gallery_of(at.hierarchy.peak_of(level)).place_of(peak) // PER_PAGE + 1
    at.go(gallery_at(level, page), level=level, page=page)
    shown, first, turned = _opened(at, peak, turn=True)
    at.go(gallery_at(level, page), level=level, page=page)
    again, second, _ = _opened(at, peak, turn=False)
    return Umap(members, first, second, second - again, shown, turned)


def _opened(at: Visit, peak: int, *, turn: bool) -> tuple[float, float, float]:
    at.start("pointerdown", cluster_of(peak), "members")
    at.start("pointerdown", MAP, "map")
    at.page.locator(f".grid.cards .card[data-id='{peak}']").click()
    shown, turned = at.took("members"), float("nan")
    if turn:
        members = "stopwatch.group('Members')"
        other = f"!{members}?.querySelector('[data-id=\"{peak}\"]') && stopwatch.loaded({members})"
        turned = at.timed("pointerdown", other, at.page.get_by_test_id("stPaginationNext").first.click)
    return shown, at.took("map"), turned


def _found(at: Visit, size: int) -> tuple[int, int, int]:
    """Level, peak and size of the cluster nearest to a size."""
    best = (0, 0, 1)
    for level in range(1, at.hierarchy.n_levels + 1):
        sizes = np.bincount(at.hierarchy.peak_of(level))
        peak = int(np.abs(sizes - size).argmin())
        if abs(sizes[peak] - size) < abs(best[2] - size):
            best = (level, peak, int(sizes[peak]))
    if abs(best[2] - size) > NEAR * size:
        raise NotThereError(f"no cluster of about {size:,} images; the nearest has {best[2]:,}")
    return best
