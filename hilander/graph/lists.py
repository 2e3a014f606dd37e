"""Unit vectors sorted into overlapping lists: each stands in the few whose centres are most similar to it.

Knows nothing about neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from hilander.graph.rough import Rough
from hilander.graph.threads import each_block, row_blocks
from hilander.graph.top import top

PER_ROOT = 6.0  # lists for each square root of the number of vectors
SAMPLED, ROUNDS = 8, 3  # vectors a list that its centre is made of, and rounds of k-means
LEAST = 1e-6  # length of a sum of vectors that has a direction


@dataclass(frozen=True)
class Lists:
    """members : int32 (n * P,), numbers of places, list after list; starts : where each list begins, and the end.

    Vector i has the P places i * P to (i + 1) * P - 1, of which the first is in the list it is most similar to. Such
    first places stand before the others of a list: `seconds` is where these begin.
    """

    members: Tensor
    starts: list[int]
    seconds: list[int]

    def parts(self, *, first: bool, most: int) -> list[list[Part]]:
        """All lists in parts of some rows, first places or the others, a few parts together: up to `most` pairs, or one
        row against one list."""
        together: list[list[Part]] = []
        rows = widest = 0
        for start, second, stop in zip(self.starts[:-1], self.seconds, self.starts[1:], strict=True):
            low, high = (start, second) if first else (second, stop)
            step = max(1, most // max(1, stop - start))
            for at in range(low, high if stop - start > 1 else low, step):
                part = Part(start, stop, at, min(at + step, high))
                rows, widest = rows + part.high - part.low, max(widest, stop - start)
                if not together or rows * widest > most:
                    together.append([])
                    rows, widest = part.high - part.low, stop - start
                together[-1].append(part)
        return together


class Part(NamedTuple):
    """The list at `start` to `stop` of the members, and those of it at `low` to `high`, for whom it is looked at."""

    start: int
    stop: int
    low: int
    high: int


def sorted_into_lists(
    x: Tensor, rough: Rough, places: int, size: int, *, seed: int, progress: Callable[[float], None]
) -> Lists:
    """Every row of x, float32 (n, d) of length 1, in its `places` most similar lists, of `size` rows and more.

    What is most similar is told by rough products. Other seeds give lists around other centres.

    Parameters
    ----------
    rough : of x
    """
    n, device = len(x), x.device
    count = max(1, min(int(PER_ROOT * n**0.5), n * places // size, n // SAMPLED))
    centres = rough.alike(_centres(x, rough, count, seed, progress))
    places = min(places, count)
    chosen = torch.empty((n, places), dtype=torch.int32, device=device)

    def choose(rows: slice) -> None:
        chosen[rows] = top(rough.rows(rows).times(centres), places)[1].int()

    for stop in each_block(choose, row_blocks(n, count, device), device):
        progress(0.3 + 0.7 * stop / n)
    key = chosen.long() * 2 + 1
    key[:, 0] -= 1  # its first place
    sizes = torch.bincount(key.flatten(), minlength=2 * count).cumsum(0).tolist()
    members = key.flatten().argsort(stable=True).int()
    return Lists(members, [0, *sizes[1::2]], sizes[0::2])


def _centres(x: Tensor, rough: Rough, count: int, seed: int, progress: Callable[[float], None]) -> Tensor:
    """Spherical k-means of a seeded sample. A centre that nothing is most similar to stays where it is."""
    rng = np.random.default_rng(seed)
    rows = torch.from_numpy(np.sort(rng.choice(len(x), min(len(x), count * SAMPLED), replace=False)))
    sample, some = x[rows], rough.rows(rows)
    centres = sample[torch.from_numpy(rng.choice(len(sample), count, replace=False))]
    for turn in range(ROUNDS):
        of = _nearest(some, rough.alike(centres), partial(_tell, progress, turn))
        sums = torch.zeros_like(centres).index_add_(0, of, sample)
        centres = torch.where(sums.norm(dim=1, keepdim=True) > LEAST, normalize(sums, dim=1), centres)
    return centres


def _tell(progress: Callable[[float], None], turn: int, share: float) -> None:
    progress(0.3 * (turn + share) / ROUNDS)


def _nearest(points: Rough, centres: Rough, progress: Callable[[float], None]) -> Tensor:
    n, device = len(points.values), points.values.device
    found = torch.empty(n, dtype=torch.int64)

    def choose(rows: slice) -> None:
        found[rows] = points.rows(rows).times(centres).argmax(1)

    for stop in each_block(choose, row_blocks(n, len(centres.values), device), device):
        progress(stop / n)
    return found
