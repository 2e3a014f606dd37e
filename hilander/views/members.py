"""The images of one cluster in an order worth reading: the peak outwards, or the most doubtful first.

Plain numbers only: knows nothing about ids, thumbnails or Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hilander.views.subtrees import least_on_the_way, local_parents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

Order = Literal["near", "doubt"]
BLOCK = 16_384  # embeddings read at a time


@dataclass(frozen=True)
class Members:
    """Parallel arrays, one entry an image; the peak has no link: its `weakest` and `own` are infinite.

    rows : int64 (m,)
    cosine : float32, to the peak, in [-1, 1]
    own : float32, link probability of the image's own link
    weakest : float32, least link probability on the way to the peak: if that link is wrong, the image is
    """

    rows: NDArray[np.int64]
    cosine: NDArray[np.float32]
    own: NDArray[np.float32]
    weakest: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


def members_of(
    hierarchy: Hierarchy, x: NDArray[np.float32], rows: NDArray[np.int64], peak: int, order: Order
) -> Members:
    """A cluster's images, all of them. O(m log m), and reads the embeddings of these images only.

    x : float32 (n, d), unit rows, maybe memory-mapped
    order : "near", most similar to the peak first, itself at the front; or "doubt", least `weakest` first, of one
        branch the image with the least sure link of its own first, the peak last
    """
    rows = np.sort(rows)
    prob = np.asarray(hierarchy.link_prob[rows])
    own = np.where(rows == peak, np.inf, prob).astype(np.float32)
    weakest = least_on_the_way(local_parents(hierarchy.parent, rows, peak), prob)
    cosine = cosines(x, rows, np.asarray(x[peak]))
    keys = {"near": (rows, -cosine, rows != peak), "doubt": (rows, own, weakest)}
    places = np.lexsort(keys[order])
    return Members(rows[places], cosine[places], own[places], weakest[places])


def cosines(x: NDArray[np.float32], rows: NDArray[np.int64], to: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (m,), in [-1, 1]: of some rows to one vector; all are unit vectors. Reads a block at a time."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        found[start : start + BLOCK] = x[rows[start : start + BLOCK]] @ to
    return np.clip(found, -1, 1)
