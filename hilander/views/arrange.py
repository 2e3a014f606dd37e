"""The clusters of a cut in an order, and only those wanted.

    gallery + figures + order + wanted  ->  places in the gallery;  and, where none is left, what to let go of

Plain numbers only: knows nothing about texts, pages or Streamlit. Which images a text stands for, `search` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.views.figures import Figures
    from hilander.views.gallery import Gallery

Order = Literal["largest", "smallest", "least-sure", "most-sure", "most-mixed"]
ORDERS: tuple[Order, ...] = get_args(Order)
Only = Literal["changed", "mixed", "many"]
ONLY: tuple[Only, ...] = get_args(Only)


@dataclass(frozen=True)
class Wanted:
    """Which clusters; by default all. Hashable, so what follows from it can be kept.

    Attributes
    ----------
    least, most : images in it, both ends counted; most None: no upper end
    sure_from, sure_to : weakest link in this range, [0, 1]; a single image, which has none, is left out by any range
        narrower than the whole
    only : "changed": fused at its level; "mixed": of several known labels; "many": no single images
    text : in the id or the label of one of its images
    label : one of its images has exactly this label
    branch : (image, level): it shares images with the cluster of that image at that level
    """

    least: int = 1
    most: int | None = None
    sure_from: float = 0.0
    sure_to: float = 1.0
    only: frozenset[Only] = frozenset()
    text: str = ""
    label: str = ""
    branch: tuple[int, int] | None = None

    @property
    def is_all(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, eq=False)
class Arranged:
    """places : int64 (m,), places in the gallery; gains : where m is 0, clusters there would be without each filter
    (its name, most first; only those that would give some)."""

    places: NDArray[np.int64]
    gains: tuple[tuple[str, int], ...] = ()


Rows = Callable[[], "NDArray[np.int64] | NDArray[np.bool_]"]


def arrange(
    gallery: Gallery, figures: Figures, order: Order, wanted: Wanted, rows: Mapping[str, Rows]
) -> Arranged:
    """Sort and filter, O(c log c) over the clusters; equal ones stay largest first.

    Parameters
    ----------
    rows : for each of "text", "label", "branch" that is wanted, what gives the images that it stands for
        (numbers, or a mask); asked only where needed
    """
    masks = _masks(gallery, figures, wanted, rows)
    kept = np.ones(gallery.n_clusters, bool)
    for mask in masks.values():
        kept &= mask
    if not kept.any():
        return Arranged(np.empty(0, np.int64), _gains(masks))
    sequence = _sequence(gallery, figures, order)
    return Arranged(sequence[kept[sequence]] if masks else sequence)


def _sequence(gallery: Gallery, figures: Figures, order: Order) -> NDArray[np.int64]:
    """All places in an order; clusters without the figure that counts come last."""
    if order == "largest":
        return np.arange(gallery.n_clusters)
    mixed = figures.labels.share if figures.labels else np.full(gallery.n_clusters, np.nan)
    value = {
        "smallest": gallery.sizes,
        "least-sure": figures.weakest,
        "most-sure": -figures.weakest,
        "most-mixed": mixed,
    }[order]
    return np.argsort(value, kind="stable")  # NaN sorts last


def _masks(
    gallery: Gallery, figures: Figures, wanted: Wanted, rows: Mapping[str, Rows]
) -> dict[str, NDArray[np.bool_]]:
    """A mask over the clusters for each filter that is set."""
    masks: dict[str, NDArray[np.bool_]] = {}
    if wanted.least > 1 or wanted.most is not None:
        most = gallery.members.size if wanted.most is None else wanted.most
        masks["size"] = (gallery.sizes >= wanted.least) & (gallery.sizes <= most)
    if (wanted.sure_from, wanted.sure_to) != (0.0, 1.0):
        low, high = np.float32(wanted.sure_from), np.float32(wanted.sure_to)
        masks["sure"] = (figures.weakest >= low) & (figures.weakest <= high)
    if "changed" in wanted.only:
        masks["changed"] = figures.changed
    if "mixed" in wanted.only:
        several = figures.labels.kinds > 1 if figures.labels else np.zeros(gallery.n_clusters, bool)
        masks["mixed"] = several
    if "many" in wanted.only:
        masks["many"] = gallery.sizes > 1
    for name in ("text", "label", "branch"):
        if getattr(wanted, name):
            masks[name] = np.zeros(gallery.n_clusters, bool)
            masks[name][gallery.place[rows[name]()]] = True
    return masks


def _gains(masks: Mapping[str, NDArray[np.bool_]]) -> tuple[tuple[str, int], ...]:
    found = []
    for name in masks:
        others = [mask for other, mask in masks.items() if other != name]
        left = int(np.logical_and.reduce(others).sum()) if others else len(masks[name])
        if left:
            found.append((name, left))
    return tuple(sorted(found, key=lambda it: -it[1]))
