"""A cut through the forest: which clusters are looked at, or taken away. Always a partition of the images.

    a level, a least link probability, or a level with some branches cut deeper or higher  ->  peak of every image

Knows nothing about names, files or pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hilander.config import check_share
from hilander.errors import InputError
from hilander.hierarchy.ladder import peaks_by_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy

Change = tuple[int, int]
MOST_CHANGES = 300  # so that a cut still fits into a link


@dataclass(frozen=True)
class Step:
    """What one change of a cut did.

    Attributes
    ----------
    image, level : the change; was : the level at which the image's cluster lay before it
    images : how many it moved; holds : how many of them no later change moved again
    """

    image: int
    level: int
    was: int
    images: int
    holds: int


@dataclass(frozen=True, eq=False)
class Applied:
    """A cut by levels, laid over a hierarchy.

    Attributes
    ----------
    at : int16 (n,) level at which each image's cluster lies. Whoever shares a cluster shares it
    peak : int64 (n,) peak of each image's cluster
    steps : one a change
    branches : clusters of the cut's own level, or higher ones, that are cut otherwise
    """

    at: NDArray[np.int16]
    peak: NDArray[np.int64]
    steps: tuple[Step, ...]
    branches: int


@dataclass(frozen=True)
class Cut:
    """Three kinds: one level; all links of at least `min_link`; or a level with `changes`, one after another.

    Attributes
    ----------
    level : 0 to n_levels
    min_link : least link probability that holds, in [0, 1], in place of the level; None: the level counts
    changes : (image, level) each: the branch that holds the image is cut at that level from then on. Of its cluster
        where that is deeper than its cluster lies now; of the whole cluster there where that is higher
    """

    level: int
    min_link: float | None = None
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if len(self.changes) > MOST_CHANGES:
            raise InputError(
                f"a cut takes at most {MOST_CHANGES} changes; got {len(self.changes):,}. Begin from a nearer level."
            )
        if self.min_link is None:
            return
        check_share("min_link", self.min_link, hint="it is the least link probability that holds")
        if self.changes:
            raise InputError(
                "a cut is by a least link probability or has changes; got both. Undo the changes first."
            )

    @property
    def kind(self) -> str:
        """ "level", "links" or "mixed"."""
        return "links" if self.min_link is not None else "mixed" if self.changes else "level"

    def checked(self, hierarchy: Hierarchy) -> Self:
        """Itself, if this hierarchy has its levels and images.

        Raises
        ------
        InputError   it has not
        """
        last = hierarchy.n_levels
        for level in (self.level, *(level for _, level in self.changes)):
            if not 0 <= level <= last:
                raise InputError(f"a cut's level must be a whole number from 0 to {last}; got {level}.")
        for image, _ in self.changes:
            if not 0 <= image < hierarchy.n:
                raise InputError(f"a cut's image must be a row from 0 to {hierarchy.n - 1}; got {image}.")
        return self

    def peak_of(self, hierarchy: Hierarchy) -> NDArray[np.int64]:
        """int64 (n,): the peak image of every image's cluster."""
        if self.min_link is not None:
            return hierarchy.recut_peaks(self.min_link)
        return self.applied(hierarchy).peak if self.changes else hierarchy.peak_of(self.level)

    def level_of(self, hierarchy: Hierarchy) -> NDArray[np.int16]:
        """int16 (n,): the level at which each image's cluster lies; not of a cut by links, which has none.

        Whoever shares an image's cluster has its level: a change moves whole clusters.
        """
        return self.applied(hierarchy).at

    def applied(self, hierarchy: Hierarchy) -> Applied:
        """The cut with what each change did; O(n) for each change and each level in it. Not of a cut by links."""
        if self.min_link is not None:
            raise ValueError("clusters of a cut by links lie at no level")
        tops = peaks_by_level(hierarchy, {self.level, *(level for _, level in self.changes)})
        at, last, did = np.full(hierarchy.n, self.level, np.int16), np.full(hierarchy.n, -1, np.int16), []
        for number, (image, level) in enumerate(self.changes):
            was = int(at[image])
            whole = tops[max(level, was)]
            branch = whole == whole[image]
            at[branch], last[branch] = level, number
            did.append((image, level, was, int(np.count_nonzero(branch))))
        holds = np.bincount(last + 1, minlength=len(did) + 1)[1:].tolist()
        peak = _chosen(tops, at)
        steps = tuple(Step(*one, holds=it) for one, it in zip(did, holds, strict=True))
        return Applied(at, peak, steps, _branches(at, peak, tops[self.level], self.level))

    def changed(self, image: int, level: int) -> Self:
        """With one more change; after a cut by links, of its level."""
        return replace(self, min_link=None, changes=(*self.changes, (int(image), int(level))))

    def undone(self) -> Self:
        """Without the last change."""
        return replace(self, changes=self.changes[:-1])

    def to_dict(self) -> dict[str, Any]:
        """A recipe, for JSON: it makes the same cut of the same run again."""
        found: dict[str, Any] = {"level": self.level, "changes": [list(change) for change in self.changes]}
        return found | ({} if self.min_link is None else {"min_link": self.min_link})

    @classmethod
    def from_dict(cls, recipe: dict[str, Any]) -> Self:
        """What `to_dict` gave.

        Raises
        ------
        InputError   not a recipe
        """
        try:
            changes = tuple((int(image), int(level)) for image, level in recipe.get("changes", ()))
            return cls(int(recipe["level"]), recipe.get("min_link"), changes)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                'a recipe has a "level" and maybe "changes", pairs of image and level; this one has not.'
            ) from error


def _chosen(tops: dict[int, NDArray[np.int64]], at: NDArray[np.int16]) -> NDArray[np.int64]:
    """Every image's peak at its own level."""
    if len(tops) == 1:
        return next(iter(tops.values()))
    peak = np.empty(len(at), np.int64)
    for level, top in tops.items():
        rows = at == level
        peak[rows] = top[rows]
    return peak


def _branches(at: NDArray[np.int16], peak: NDArray[np.int64], usual: NDArray[np.int64], level: int) -> int:
    higher, deeper = np.unique(peak[at > level]), np.unique(usual[at < level])
    return len(higher) + len(deeper)


def changes_text(changes: tuple[Change, ...]) -> str:
    """For a link: "17.2_5.4"."""
    return "_".join(f"{image}.{level}" for image, level in changes)


def changes_of(text: str) -> tuple[Change, ...]:
    """What `changes_text` wrote.

    Raises
    ------
    InputError   something else
    """
    return tuple(_pairs(text)) if text else ()


def _pairs(text: str) -> Iterator[Change]:
    for pair in text.split("_"):
        image, dot, level = pair.partition(".")
        digits = image + level
        if not (dot and image and level and digits.isascii() and digits.isdigit()) or len(pair) > 24:
            raise InputError(
                f"changes of a cut look like 17.2_5.4 (image.level); got {pair[:40]!r}. Start again from a level."
            )
        yield int(image), int(level)
