"""A branch of the forest: the cluster of an image at a level, and its name in links, "17.3".

Knows nothing about cuts, trees or pages.
"""

from __future__ import annotations

from typing import NamedTuple

from hilander.errors import InputError

LONGEST = 24  # letters of a name


class Branch(NamedTuple):
    """The cluster of an image (its peak, where it has its usual name) at a level."""

    peak: int
    level: int


def branch_text(branch: tuple[int, int]) -> str:
    """ "17.3"."""
    return "{}.{}".format(*branch)


def branch_of(text: str) -> Branch:
    """What `branch_text` wrote; whether there is such an image and level is not asked.

    Raises
    ------
    InputError   something else
    """
    image, dot, level = text.partition(".")
    digits = image + level
    if not (dot and image and level and digits.isascii() and digits.isdigit()) or len(text) > LONGEST:
        raise InputError(
            f"a branch looks like 17.3 (image.level); got {text[:40]!r}. Choose one in the tree instead."
        )
    return Branch(int(image), int(level))
