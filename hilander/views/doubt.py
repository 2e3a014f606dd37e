"""How doubtful it is that an image, or a cluster's weakest image, belongs where a cut puts it."""

from __future__ import annotations

import numpy as np

from hilander.views.figures import weakest_links
from hilander.views.gallery import Gallery


def image_doubt(gallery: Gallery, link_prob: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """float64 (m,): 1 - probability of the link that holds each image; NaN for peaks, which no link holds."""
    is_peak = gallery.peaks[gallery.place[rows]] == rows
    return np.where(is_peak, np.nan, 1 - link_prob[rows].astype(np.float64))


def cluster_doubt(gallery: Gallery, link_prob: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """float64 (m,): 1 - probability of the weakest link in the cluster of each peak; NaN for clusters of one."""
    found: np.ndarray = 1 - weakest_links(gallery, link_prob)[gallery.place[peaks]].astype(np.float64)
    return found
