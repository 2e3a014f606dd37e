"""Share of the commonest label in every cluster of every level, counted once from the images up.

Knows nothing about class names or pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def purity_by_level(
    codes: NDArray[np.int64] | None, order: NDArray[np.int32], firsts: list[NDArray[np.int64]]
) -> list[NDArray[np.float32]]:
    """Per level from 0, in the order of a tree: images of the commonest label / images of known label.

    Parameters
    ----------
    codes : int64 (n,)     label of each image, -1 where unknown; None: none is known
    order : int32 (n,)     the images, cluster after cluster
    firsts : per level from 1, int (c + 1,): which cluster of the level below is the first of each

    Returns
    -------
    float32 (c,) a level, in [0, 1]; NaN where no label is known
    """
    counts = [len(order), *(len(first) - 1 for first in firsts)]
    if codes is None:
        return [np.full(count, np.nan, np.float32) for count in counts]
    label = codes[order]
    node = np.flatnonzero(label >= 0)
    pairs, number = _Pairs(node, label[node]), np.ones(len(node), np.int64)
    found = [_shares(pairs, number, counts[0])]
    for first, count in zip(firsts, counts[1:], strict=True):
        above = np.repeat(np.arange(count), np.diff(first))
        pairs, number = _joined(_Pairs(above[pairs.node], pairs.label), number)
        found.append(_shares(pairs, number, count))
    return found


class _Pairs:
    """Which labels occur in which clusters; parallel, by cluster."""

    def __init__(self, node: NDArray[np.int64], label: NDArray[np.int64]) -> None:
        self.node, self.label = node, label


def _joined(pairs: _Pairs, number: NDArray[np.int64]) -> tuple[_Pairs, NDArray[np.int64]]:
    """Equal pairs become one, their numbers added up."""
    if not len(number):
        return pairs, number
    classes = int(pairs.label.max()) + 1
    key = pairs.node * classes + pairs.label
    by = np.argsort(key, kind="stable")
    new = np.flatnonzero(np.diff(key[by], prepend=-1))
    node, label = np.divmod(key[by][new], classes)
    return _Pairs(node, label), np.add.reduceat(number[by], new)


def _shares(pairs: _Pairs, number: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    share = np.full(count, np.nan, np.float32)
    if len(number):
        first = np.flatnonzero(np.diff(pairs.node, prepend=-1))
        known, most = np.add.reduceat(number, first), np.maximum.reduceat(number, first)
        share[pairs.node[first]] = most / known
    return share
