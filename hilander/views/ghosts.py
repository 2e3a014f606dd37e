"""The peaks of a cut nearest to one of them by embedding: what a cluster's own map shows around it."""

from __future__ import annotations

import numpy as np

from hilander.hierarchy.image_graph import ImageGraph
from hilander.views.gallery import Gallery
from hilander.views.members import cosines

ASKED = 2_000  # members whose neighbours are looked at


def nearest_peaks(
    x: np.ndarray, gallery: Gallery, peak: int, count: int, graph: ImageGraph | None = None
) -> np.ndarray:
    """int64, at most `count`: other peaks by cosine to this one, nearest first.

    With a graph, peaks of the clusters that the members' nearest images lie in come into question; where these are
    too few, or there is no graph, all peaks do, a block at a time.
    """
    found = np.empty(0, np.int64) if graph is None else _beside(gallery, peak, graph)
    if len(found) < count:
        found = gallery.peaks[gallery.peaks != peak]
    similarity = cosines(x, found, np.asarray(x[peak]))
    nearest: np.ndarray = found[np.argsort(-similarity, kind="stable")[:count]]
    return nearest


def _beside(gallery: Gallery, peak: int, graph: ImageGraph) -> np.ndarray:
    rows = gallery.rows(gallery.place_of(peak))[:ASKED]
    nodes = rows if graph.node is None else graph.node[rows]
    peaks = np.unique(gallery.peaks[gallery.place[graph.neighbors[nodes].ravel()]])
    others: np.ndarray = peaks[peaks != peak].astype(np.int64)
    return others
