"""One fit of a peer on a .npy file, warm: `python warm_fits.py NAME FILE` prints seconds and peak memory as JSON.

Warm: it has fitted a few thousand rows in the same process before, so that everything is imported and compiled.
Reading the file does not count.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WARM_ROWS = 3_000


def evoc(x: NDArray[np.float32]) -> Any:
    from evoc import EVoC

    return EVoC(random_state=None).fit(x)


def finch(x: NDArray[np.float32]) -> Any:
    from finch import FINCH

    return FINCH(x, distance="cosine", verbose=False)


def hdbscan(x: NDArray[np.float32]) -> Any:
    from fast_hdbscan import HDBSCAN

    return HDBSCAN(min_cluster_size=5).fit(x)


def flat(x: NDArray[np.float32]) -> Any:
    """Faiss's exact search alone: ten neighbours, each row itself among them."""
    import faiss

    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)
    return index.search(x, 10)


FITS: dict[str, Callable[[NDArray[np.float32]], Any]] = {
    "EVoC": evoc,
    "FINCH": finch,
    "fast_hdbscan": hdbscan,
    "faiss IndexFlatIP search": flat,
}


def main() -> None:
    name, path = sys.argv[1:]
    warnings.filterwarnings("ignore")
    x = np.load(path)
    FITS[name](x[:WARM_ROWS])
    began = time.perf_counter()
    FITS[name](x)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()
