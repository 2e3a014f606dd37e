"""Which rows of a labelled source a set takes: some classes, and of each some images, as many or unevenly many.

Knows nothing about images or embeddings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pick(
    labels: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    classes: int | None = None,
    each: int | tuple[int, int] | None = None,
) -> NDArray[np.int64]:
    """Rows of a random choice.

    Parameters
    ----------
    labels : int64 (n,)
    classes : how many classes at most; None takes all
    each : images of a class at most; a pair (least, most) draws that number for each class, evenly on a
        log scale; None takes all

    Returns
    -------
    int64, ascending
    """
    names = np.unique(labels)
    if classes is not None:
        names = rng.choice(names, min(classes, len(names)), replace=False)
    rows = []
    for name in names:
        own = rng.permutation(np.flatnonzero(labels == name))
        rows.append(own[: most_of(each, rng)])
    return np.sort(np.concatenate(rows))


def most_of(each: int | tuple[int, int] | None, rng: np.random.Generator) -> int | None:
    if not isinstance(each, tuple):
        return each
    least, most = each
    return int(np.exp(rng.uniform(np.log(least), np.log(most + 1))))
