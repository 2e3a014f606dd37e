"""A cut through the forest: which clusters are looked at, or taken away. Always a partition of the images.

    a level, a least link probability, or a level with some branches cut deeper or higher  ->  peak of every image

Knows nothing about names, files or pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hilander.config import check_share
from hilander.errors import InputError
from hilander.hierarchy.branch import branch_of, branch_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.forest import Hierarchy
    from hilander.hierarchy.ladder import Ladder

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
        """The cut with what each change did; O(n), however many changes there are. Not of a cut by links."""
        if self.min_link is not None:
            raise ValueError("clusters of a cut by links lie at no level")
        ladder = hierarchy.ladder
        marks, did = _marks(self, ladder)
        last = np.full(
            len(ladder.peaks[-1]), -1, np.int16
        )  # the change that moved each node last, -1 for none
        peak = np.full(len(last), -1, np.int64)
        to = np.array([*(level for _, level in self.changes), self.level], np.int16)
        branches = 0
        for level in range(ladder.n_levels, -1, -1):
            if level < ladder.n_levels:
                last, peak = last[ladder.up[level]], peak[ladder.up[level]]
            for place, number in marks.get(level, {}).items():
                last[place] = max(last[place], number)
            here = np.flatnonzero(to[last] == level)
            peak[here] = ladder.peaks[level][here]
            if level > self.level:
                branches += len(here)
            elif level == self.level:
                branches += int(np.count_nonzero(to[last] < level))
        holds = np.bincount(last + 1, minlength=len(did) + 1)[1:].tolist()
        steps = tuple(Step(*one, holds=it) for one, it in zip(did, holds, strict=True))
        return Applied(to[last], peak, steps, branches)

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
        InputError   not a recipe, or one that no cut can be
        """
        try:
            changes = tuple((int(image), int(level)) for image, level in recipe.get("changes", ()))
            return cls(int(recipe["level"]), recipe.get("min_link"), changes)
        except InputError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(
                'a recipe has a "level" and maybe "changes", pairs of image and level; this one has not.'
            ) from error


def _marks(cut: Cut, ladder: Ladder) -> tuple[dict[int, dict[int, int]], list[tuple[int, int, int, int]]]:
    """The nodes that the changes moved as wholes: level -> place -> number of the newest change there.

    Also image, level, level before and images of each change.
    """
    marks: dict[int, dict[int, int]] = {}
    did: list[tuple[int, int, int, int]] = []
    for number, (image, level) in enumerate(cut.changes):
        places = ladder.places(image)
        newest = max((marks.get(at, {}).get(place, -1) for at, place in enumerate(places)), default=-1)
        was = cut.level if newest < 0 else cut.changes[newest][1]
        whole = max(level, was)
        marks.setdefault(whole, {})[places[whole]] = number
        did.append((image, level, was, int(ladder.sizes[whole][places[whole]])))
    return marks, did


def changes_text(changes: tuple[Change, ...]) -> str:
    """For a link: "17.2_5.4"."""
    return "_".join(map(branch_text, changes))


def changes_of(text: str) -> tuple[Change, ...]:
    """What `changes_text` wrote.

    Raises
    ------
    InputError   something else
    """
    return tuple(map(_change, text.split("_"))) if text else ()


def _change(text: str) -> Change:
    try:
        image, level = branch_of(text)
    except InputError:
        raise InputError(
            f"changes of a cut look like 17.2_5.4 (image.level); got {text[:40]!r}. Start again from a level."
        ) from None
    return image, level
