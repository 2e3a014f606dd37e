"""What sources give and recipes take: images or vectors with their labels.

Knows nothing about where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Labelled:
    """x : float32, grey images (n, h, w) in [0, 1] or vectors (n, d);  labels : int64 (n,), all known."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.labels.shape == (len(self.x),), f"{len(self.x)} rows, labels {self.labels.shape}"

    def __len__(self) -> int:
        return len(self.x)

    def part(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Labelled:
        return Labelled(self.x[rows], self.labels[rows])
