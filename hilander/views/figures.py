"""How sure and how pure each cluster of a cut is: what cards show, and what a gallery is sorted and filtered by.

    gallery + links of the forest (+ known labels)  ->  one value a cluster, in the gallery's order

Plain numbers only: knows nothing about thumbnails, names of labels, pages or Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hilander.views.audit import sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.cuts import Cut
    from hilander.hierarchy.forest import Hierarchy
    from hilander.views.gallery import Gallery


@dataclass(frozen=True, eq=False)
class Figures:
    """Of every cluster of a cut, at its place in the gallery.

    Attributes
    ----------
    weakest : float32 (c,)   least P(linked) among the links that hold it together, in [0, 1]; NaN: a single image
    changed : bool (c,)      some of these links was made at the very level that it lies at; a cut by links has none
    labels : None where no image has a known label
    """

    weakest: NDArray[np.float32]
    changed: NDArray[np.bool_]
    labels: LabelFigures | None


@dataclass(frozen=True, eq=False)
class LabelFigures:
    """Known labels in every cluster.

    Attributes
    ----------
    commonest : int32 (c,)   the label that most of its labelled images have (of several the lowest); -1: none is
    share : float32 (c,)     part of its labelled images that have it, purity, in (0, 1]; NaN: none is labelled
    kinds : int32 (c,)       different labels in it
    known : int32 (c,)       labelled images in it
    """

    commonest: NDArray[np.int32]
    share: NDArray[np.float32]
    kinds: NDArray[np.int32]
    known: NDArray[np.int32]


def figures_of(
    gallery: Gallery, hierarchy: Hierarchy, cut: Cut, codes: NDArray[np.int64] | None = None
) -> Figures:
    """Everything at once, O(n) but for sorting the labelled images.

    The links that hold a cluster together are those of its members that are not its peak: a cut follows exactly these.

    Parameters
    ----------
    gallery : of that cut
    codes : int64 (n,)   label of each image, -1 where unknown
    """
    labels = None if codes is None or not (codes >= 0).any() else _labels(gallery, codes)
    return Figures(weakest_links(gallery, hierarchy.link_prob), _changed(gallery, hierarchy, cut), labels)


def weakest_links(gallery: Gallery, link_prob: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (c,): least P(linked) among the links that hold each cluster together; NaN for a single image."""
    held = np.asarray(link_prob)[gallery.members]
    held[gallery.starts[:-1]] = np.inf  # the peak comes first, and its link does not hold
    least = np.minimum.reduceat(held, gallery.starts[:-1])
    least[np.isinf(least)] = np.nan
    return least


def _changed(gallery: Gallery, hierarchy: Hierarchy, cut: Cut) -> NDArray[np.bool_]:
    if cut.kind == "links":
        return np.zeros(gallery.n_clusters, bool)
    at = cut.level if cut.kind == "level" else cut.level_of(hierarchy)
    made_here = np.asarray(hierarchy.merge_level) == at
    made_here[gallery.peaks] = False  # a peak's own link leads out of its cluster
    found = np.zeros(gallery.n_clusters, bool)
    found[gallery.place[made_here]] = True
    return found


def _labels(gallery: Gallery, codes: NDArray[np.int64]) -> LabelFigures:
    """What the audit's table says of every cluster; those without a labelled image are not in it."""
    _, side = sides(codes, gallery)
    kinds, known = (np.zeros(gallery.n_clusters, np.int32) for _ in range(2))
    kinds[side.key], known[side.key] = side.parts, side.total
    commonest = np.full(gallery.n_clusters, -1, np.int32)
    commonest[side.key] = side.other[side.starts[:-1]]
    share = np.full(gallery.n_clusters, np.nan, np.float32)
    share[side.key] = 1 - side.astray / side.total
    return LabelFigures(commonest, share, kinds, known)
