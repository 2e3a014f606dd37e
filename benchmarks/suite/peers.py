"""Other clustering methods, each over a grid of settings: the labels that they give, one array a setting.

    unit vectors  ->  (setting, labels) ...

Labels of -1 are noise. Knows nothing about the truth: who chooses the best setting by it does so elsewhere.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Clusterings = Iterator[tuple[str, "NDArray[Any]"]]
Peer = Callable[["NDArray[np.float32]"], Clusterings]

EPS = np.arange(0.02, 0.601, 0.02)
CUTS = 300


def dbscan(x: NDArray[np.float32]) -> Clusterings:
    """The one of scikit-learn, on cosine distance: 30 eps by 4 min_samples. One neighbourhood graph an eps."""
    from scipy.sparse import csr_array
    from sklearn.cluster import DBSCAN

    distance = np.maximum(1 - x @ x.T, 1e-7)  # a stored 0 would be no neighbour
    for eps in EPS:
        near = csr_array(np.where(distance <= eps, distance, 0))
        for least in (2, 3, 5, 10):
            labels = DBSCAN(eps=eps, min_samples=least, metric="precomputed").fit_predict(near)
            yield f"eps {eps:.2f}, min_samples {least}", labels


def hac(x: NDArray[np.float32]) -> Clusterings:
    """Average linkage (scipy) on cosine distance, cut at up to `CUTS` numbers of clusters, evenly on a log scale."""
    from scipy.cluster.hierarchy import cut_tree, linkage
    from scipy.spatial.distance import squareform

    distance = np.maximum(1 - x @ x.T, 0)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    counts = np.unique(np.geomspace(2, len(x), CUTS).astype(int))
    for count, labels in zip(counts, cut_tree(tree, n_clusters=counts).T, strict=True):
        yield f"{count} clusters", labels


def hdbscan(x: NDArray[np.float32]) -> Clusterings:
    """The one of fast_hdbscan, Euclidean (on unit vectors the same order as cosine): 5 by 6 sizes, both selections.

    Its spanning tree is computed once for each min_samples; above 30 dimensions it is pynndescent's.
    """
    from fast_hdbscan.hdbscan import clusters_from_spanning_tree, compute_minimum_spanning_tree

    for samples in (1, 2, 3, 5, 10):
        tree = compute_minimum_spanning_tree(x, min_samples=samples)[0]
        for size, chosen in itertools.product((2, 3, 5, 10, 20, 40), ("eom", "leaf")):
            found = clusters_from_spanning_tree(tree, min_cluster_size=size, cluster_selection_method=chosen)
            yield f"min_samples {samples}, min_cluster_size {size}, {chosen}", found[0]


def finch(x: NDArray[np.float32]) -> Clusterings:
    """The one of finch-clust, cosine: each layer."""
    from finch import FINCH

    layers, counts, _ = FINCH(x, distance="cosine", verbose=False)
    for layer in range(len(counts)):
        yield f"layer {layer + 1} of {len(counts)}", layers[:, layer]


def evoc(x: NDArray[np.float32]) -> Clusterings:
    """Each layer of each of 4 noise levels by 3 neighbour counts; seed 0."""
    from evoc import EVoC

    for noise, neighbors in itertools.product((0.0, 0.3, 0.5, 0.7), (10, 15, 30)):
        model = EVoC(noise_level=noise, n_neighbors=neighbors, random_state=0).fit(x)
        for layer, labels in enumerate(model.cluster_layers_):
            yield f"noise_level {noise}, n_neighbors {neighbors}, layer {layer + 1}", labels


PEERS: dict[str, Peer] = {
    "DBSCAN": dbscan,
    "HAC average": hac,
    "HDBSCAN": hdbscan,
    "FINCH": finch,
    "EVoC": evoc,
}
# what they are installed as, for the record of versions
PACKAGES = ("torch", "numpy", "scikit-learn", "scipy", "fast_hdbscan", "finch-clust", "evoc", "numba")


def quiet() -> None:
    """Keep the peers' warnings about deprecated names and the like out of the tables."""
    warnings.filterwarnings("ignore")
