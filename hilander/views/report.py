"""What a report of a cut tells: the levels, and the largest clusters with peak, strip, weakest link and label.

    Gallery, Hierarchy, maybe an Audit  ->  ReportCluster, Rest;  plain numbers, images by their row

Knows nothing about HTML, names or thumbnails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.views.figures import weakest_links

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from hilander.views.audit import Audit
    from hilander.views.gallery import Gallery


@dataclass(frozen=True)
class ReportCluster:
    """One cluster.

    Attributes
    ----------
    number : its place, 0 the largest
    peak, strip : image rows; more : images that are neither
    size : images, excluded ones left out
    weakest : least P(linked) among the links inside, None for a single image
    identity : most common label's code, None where no image has one
    purity : share of its labelled images with that label
    """

    number: int
    peak: int
    strip: tuple[int, ...]
    more: int
    size: int
    weakest: float | None
    identity: int | None = None
    purity: float | None = None


@dataclass(frozen=True)
class Rest:
    """Clusters that are not shown, images in them, and how many of these clusters are single images."""

    clusters: int
    images: int
    singles: int


def report_clusters(
    hierarchy: Hierarchy,
    gallery: Gallery,
    audit: Audit | None = None,
    *,
    excluded: NDArray[np.int64] | None = None,
    at_most: int,
    strip: int,
) -> tuple[list[ReportCluster], Rest]:
    """The largest clusters, largest first, and what is left; those with nothing but excluded images are no clusters.

    O(n) numpy, then a loop over what is shown.
    """
    keeps = np.ones(hierarchy.n, dtype=bool)
    if excluded is not None:
        keeps[excluded] = False
    sizes = np.add.reduceat(keeps[gallery.members].astype(np.int64), gallery.starts[:-1])
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    weakest = weakest_links(gallery, hierarchy.link_prob)
    shown = [
        _cluster(gallery, audit, keeps, weakest, place=int(place), strip=strip) for place in order[:at_most]
    ]
    left = sizes[order[at_most:]]
    return shown, Rest(len(left), int(left.sum()), int((left == 1).sum()))


def _cluster(
    gallery: Gallery,
    audit: Audit | None,
    keeps: NDArray[np.bool_],
    weakest: NDArray[np.float32],
    *,
    place: int,
    strip: int,
) -> ReportCluster:
    rows = gallery.rows(place)
    rows = rows[keeps[rows]]
    others = rows[1:]
    chosen = others[np.unique(np.linspace(0, len(others) - 1, min(strip, len(others))).astype(np.int64))]
    identity, purity = _label(audit, place)
    return ReportCluster(
        number=place,
        peak=int(rows[0]),
        strip=tuple(chosen.tolist()),
        more=len(others) - len(chosen),
        size=len(rows),
        weakest=float(weakest[place]) if np.isfinite(weakest[place]) else None,
        identity=identity,
        purity=purity,
    )


def _label(audit: Audit | None, place: int) -> tuple[int | None, float | None]:
    group = None if audit is None else audit.clusters.group_of(place)
    if audit is None or group is None:
        return None, None
    return audit.clusters.cells(group, 1)[0].other, 1.0 - audit.clusters.share(group)
