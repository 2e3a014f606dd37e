"""UMAP of points whose nearest neighbours are known. The one module that wraps umap.

    x -> lay_out_rows (neighbours searched here, for thousands);  neighbours, start -> lay_out

umap and numba are imported when they are first used, and used by one thread at a time: numba's threads end the
process when two callers meet. Knows nothing about data sets, files or pages.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

FEW, NEIGHBORS, SEED = 5, 15, 0
SPREAD, MIN_DIST, REPEL = 1.0, 0.1, 5  # umap's own defaults
EPOCHS, EPOCHS_OF_MANY, MANY = 300, 200, 500  # rounds of moving points: for at most MANY rows, and for more
SAME, BLOCK = 1e-6, 1_024
Fraction = Callable[[float], None]

_umap_lock = threading.Lock()


def layout(x: np.ndarray) -> tuple[np.ndarray, str, str]:
    """(float32 (m, 2), method, note) of m >= 1 unit rows."""
    if len(x) < FEW:
        return principal(x), "pca", f"Fewer than {FEW} images: laid out by PCA, not UMAP."
    if np.ptp(x, axis=0).max() < SAME:
        return principal(x), "pca", "All these images have the same embedding."
    return umap_of(x), "umap", ""


def umap_of(x: np.ndarray) -> np.ndarray:
    """float32 (m, 2), m >= 5."""
    return lay_out(*nearest(x, min(NEIGHBORS, len(x) - 1)), principal(x))


def principal(x: np.ndarray) -> np.ndarray:
    """The first two principal components, each with its largest value positive; zeros where there is none."""
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    if len(x) > x.shape[1]:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        found = (centred @ vectors[:, ::-1][:, :2]) * (values[::-1][:2] > SAME**2)
    else:
        u, s, _ = np.linalg.svd(centred, full_matrices=False)
        found = u[:, :2] * np.where(s[:2] > SAME, s[:2], 0)
    xy = np.zeros((len(x), 2))
    xy[:, : found.shape[1]] = found
    signs = np.sign(xy[np.abs(xy).argmax(axis=0), [0, 1]])
    return (xy * np.where(signs == 0, 1, signs)).astype(np.float32)


def nearest(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row's k nearest rows and their cosine distances, itself first; a block of rows at a time."""
    found = np.empty((len(x), k), np.int64)
    distances = np.empty((len(x), k), np.float32)
    for first in range(0, len(x), BLOCK):
        similarity = x[first : first + BLOCK] @ x.T
        own = np.arange(len(similarity))
        similarity[own, first + own] = 2.0
        likely = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        likely.sort(axis=1)  # equals by row number
        near = np.take_along_axis(similarity, likely, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        found[first : first + BLOCK] = np.take_along_axis(likely, order, axis=1)
        distances[first : first + BLOCK] = np.maximum(1 - np.take_along_axis(near, order, axis=1), 0)
    distances[:, 0] = 0
    return found, distances


def lay_out(
    neighbours: np.ndarray, distances: np.ndarray, start: np.ndarray, progress: Fraction = lambda share: None
) -> np.ndarray:
    """UMAP from neighbours, the point itself first (m, k), and a first guess (m, 2): float32 (m, 2).

    `progress` hears the share done, 0 to 1, and may raise to stop.
    """
    epochs = EPOCHS if len(start) <= MANY else EPOCHS_OF_MANY
    with _umap_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        umap_, layouts = _compiled_umap()
        random = np.random.RandomState(SEED)  # umap's functions take no Generator
        graph = umap_.fuzzy_simplicial_set(
            start, neighbours.shape[1], random, "precomputed", knn_indices=neighbours, knn_dists=distances
        )[0].tocoo()
        strong = graph.data >= graph.data.max() / epochs  # weaker links are never drawn
        steps = umap_.make_epochs_per_sample(graph.data[strong], epochs)
        xy = _scaled(start, random)
        curve = umap_.find_ab_params(SPREAD, MIN_DIST)
        epoch = _mover(layouts, xy, (graph.row[strong], graph.col[strong], steps), curve, random)
        for number in range(epochs):
            epoch(number, 1.0 - number / epochs)
            progress((number + 1) / epochs)
        return xy


def _scaled(start: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """The first guess as umap likes it: between 0 and 10, no two points at exactly one place."""
    span = max(float(np.abs(start).max()), SAME)
    jittered = start * (10 / span) + random.normal(scale=1e-4, size=start.shape)
    low, high = jittered.min(axis=0), jittered.max(axis=0)
    return np.ascontiguousarray(10 * (jittered - low) / np.maximum(high - low, SAME), dtype=np.float32)


def _mover(
    layouts: Any,
    xy: np.ndarray,
    links: tuple[np.ndarray, np.ndarray, np.ndarray],
    curve: tuple[float, float],
    random: np.random.RandomState,
) -> Callable[[int, float], None]:
    """Umap's compiled step: (epoch, learning rate) moves the points in place. links: from, to, epochs between two."""
    head, tail, steps = links
    state = random.randint(np.iinfo(np.int32).min + 1, np.iinfo(np.int32).max - 1, 3).astype(np.int64)
    states = np.full((len(xy), 3), state) + xy[:, 0].astype(np.float64).view(np.int64).reshape(-1, 1)
    repel = steps / REPEL
    next_repel, next_step, none = repel.copy(), steps.copy(), np.zeros(1, np.float32)
    density = (False, none, none, 0, 0, 0, 0, none, none, 0)  # umap's densMAP, which is off

    def move(epoch: int, rate: float) -> None:
        layouts._nb_optimize_layout_euclidean_single_epoch(
            *(xy, xy, head, tail, len(xy), steps, *curve, states, 1.0, 2, True),
            *(rate, repel, next_repel, next_step, epoch, *density),
        )

    return move


def _compiled_umap() -> tuple[Any, Any]:
    """The modules umap_ and layouts, told to keep what they compile on disk: 0.2 s instead of 7 next time."""
    from umap import layouts, umap_

    slow = [getattr(umap_, name) for name in ("smooth_knn_dist", "compute_membership_strengths")]
    for function in (*slow, layouts._nb_optimize_layout_euclidean_single_epoch):
        with contextlib.suppress(RuntimeError):  # no folder that numba may write to: compiled every time
            function.enable_caching()
    return umap_, layouts


def warm_ups() -> Iterator[Callable[[], object]]:
    """Import umap and let numba compile, so that the first cluster opened need not wait: in pieces of about half a
    second, one after the other.
    """
    for name in ("numba", "scipy.stats", "sklearn.base", "pynndescent", "umap"):
        yield partial(importlib.import_module, name)
    yield lambda: umap_of(np.random.default_rng(SEED).normal(size=(64, 8)).astype(np.float32))
