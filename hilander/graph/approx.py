"""Approximate k-NN by cosine on the CPU: faiss's inverted lists. The one module that knows faiss."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBES = 24  # lists searched for each row; benchmarks/LOG.md has recall and time against other values
QUERY_BLOCK = 8_192
LEAST_PER_LIST, TRAINED_PER_LIST, ROUNDS = 40, 12, 6


def approx_neighbors(
    x: NDArray[np.float32], m: int, progress: Callable[[float], None]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Almost always the m most similar other rows of each row, most similar first.

    Shapes and ranges as `exact.exact_neighbors`. A row whose lists hold fewer than m others is searched
    exhaustively, so that no entry is ever missing.
    """
    index = _build_index(x, progress)
    n = len(x)
    neighbors = np.empty((n, m), np.int64)
    similarity = np.empty((n, m), np.float32)
    for start in range(0, n, QUERY_BLOCK):
        rows = np.arange(start, min(start + QUERY_BLOCK, n))
        found = _search(index, x, rows, m)
        short = (found[0] < 0).any(1)
        if short.any():
            found[0][short], found[1][short] = _search_all(index, x, rows[short], m)
        neighbors[rows], similarity[rows] = found
        progress(0.2 + 0.8 * (rows[-1] + 1) / n)
    return neighbors, np.clip(similarity, -1, 1, out=similarity)


def _build_index(x: NDArray[np.float32], progress: Callable[[float], None]) -> Any:
    faiss = _import_faiss()
    n, dim = x.shape
    quantizer = faiss.IndexFlatIP(dim)
    quantizer.add(_centroids(faiss, x, progress))
    index = faiss.IndexIVFFlat(quantizer, dim, quantizer.ntotal, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = min(PROBES, quantizer.ntotal)
    index.train(x[:1])  # the lists' centres are there already: this only says so
    for start in range(0, n, QUERY_BLOCK):
        index.add(x[start : start + QUERY_BLOCK])
        progress(0.1 + 0.1 * min(1.0, (start + QUERY_BLOCK) / n))
    return index


def _centroids(faiss: Any, x: NDArray[np.float32], progress: Callable[[float], None]) -> NDArray[np.float32]:
    """Centres of the inverted lists: k-means on a seeded sample, one round a call, so that a cancel is heard."""
    n, dim = x.shape
    lists = max(1, min(int(4 * np.sqrt(n)), n // LEAST_PER_LIST))
    rng = np.random.default_rng(0)
    sample = x[np.sort(rng.choice(n, min(n, lists * TRAINED_PER_LIST), replace=False))]
    centroids = sample[rng.choice(len(sample), lists, replace=False)]
    limits = {
        "min_points_per_centroid": 1,
        "max_points_per_centroid": len(sample),
    }  # take the sample as it is
    for turn in range(ROUNDS):
        kmeans = faiss.Kmeans(dim, lists, niter=1, spherical=True, seed=0, **limits)
        kmeans.train(sample, init_centroids=centroids)
        centroids = kmeans.centroids
        progress(0.1 * (turn + 1) / ROUNDS)
    return np.ascontiguousarray(centroids)


def _search(
    index: Any, x: NDArray[np.float32], rows: NDArray[np.int64], m: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    similarity, found = index.search(x[rows], m + 1)
    return _without_self(similarity, found, rows)


def _without_self(
    similarity: NDArray[np.float32], found: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Drop each row's own number, or (many duplicates: it was crowded out) the last entry."""
    own = found == rows[:, None]
    own[~own.any(1), -1] = True
    shape = (len(rows), found.shape[1] - 1)
    return found[~own].reshape(shape), similarity[~own].reshape(shape)


def _search_all(
    index: Any, x: NDArray[np.float32], rows: NDArray[np.int64], m: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    probes, index.nprobe = index.nprobe, index.nlist
    found = _search(index, x, rows, m)
    index.nprobe = probes
    return found


def _import_faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise InputError(
            "approximate k-NN needs faiss, which is not installed. "
            "Install faiss-cpu, or choose exact k-NN (--knn exact)."
        ) from error
    return faiss
