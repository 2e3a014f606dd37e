"""Why a cluster holds together: its links, weakest first, and any image's way along them to the peak.

    hierarchy, images of a cluster  ->  Links

Every image but the peak has one link, so a cluster of m images has m - 1; whichever is cut, the images behind it
split off. That holds at a level, by links and in a mixed cut alike. Knows nothing about ids or thumbnails.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from hilander.views.subtrees import behind, local_parents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy


@dataclass(frozen=True)
class Links:
    """Parallel arrays, one entry a link; images are row numbers.

    child, into : int64, the image that stopped being a peak, and the one it was linked to
    prob : float32 in [0, 1], link probability;  sim : float32 in [-1, 1], cosine of the two images
    level : int16, the level that made the link
    behind : int64, images that would split off with `child` if the link were cut, itself among them
    """

    child: NDArray[np.int64]
    into: NDArray[np.int64]
    prob: NDArray[np.float32]
    sim: NDArray[np.float32]
    level: NDArray[np.int16]
    behind: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.child)

    def part(self, first: int, last: int) -> Links:
        """Some of them, in their order."""
        return self.at(np.arange(first, min(last, len(self))))

    def at(self, places: NDArray[np.int64]) -> Links:
        """Those at the given places."""
        return Links(*(getattr(self, field.name)[places] for field in fields(self)))


def links_of(hierarchy: Hierarchy, rows: NDArray[np.int64], peak: int) -> Links:
    """The links that hold a cluster together, weakest first; none of a cluster of one. O(m log m).

    rows : the cluster's images, in any order;  peak : the one of them that the links lead to
    """
    rows = np.sort(rows)
    sizes, linked = behind(local_parents(hierarchy.parent, rows, peak)), np.flatnonzero(rows != peak)
    order = linked[np.argsort(hierarchy.link_prob[rows[linked]], kind="stable")]
    child = rows[order]
    h = hierarchy
    return Links(
        child, h.parent[child], h.link_prob[child], h.link_sim[child], h.merge_level[child], sizes[order]
    )


def way_to_peak(hierarchy: Hierarchy, links: Links, image: int, peak: int) -> Links:
    """The links from one image of a cluster to its peak, step by step; none from the peak itself.

    links : all of the cluster's, as `links_of` gives them
    """
    way = []
    while image != peak:
        way.append(image)
        image = int(hierarchy.parent[image])
    order = np.argsort(links.child)
    at = order[np.searchsorted(links.child, np.array(way, np.int64), sorter=order)]
    return links.at(at)


def densities(hierarchy: Hierarchy, links: Links) -> NDArray[np.float32]:
    """float32 (m, 2): density of child and into at the level that their link was chosen on. For a page of links."""
    found = np.empty((len(links), 2), np.float32)
    for level in np.unique(links.level).tolist():
        here = links.level == level
        peaks, density = hierarchy.peaks_at(level - 1), hierarchy.density_at(level - 1)
        for side, images in enumerate((links.child[here], links.into[here])):
            found[here, side] = density[np.searchsorted(peaks, images)]
    return found
