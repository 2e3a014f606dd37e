"""A cut as a small file that makes the same clusters of the same run again, wherever the run's folder lies.

    cut + name + what tells the run from others  <->  JSON

Knows nothing about stores or pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut

if TYPE_CHECKING:
    from pathlib import Path

    from hilander.hierarchy.forest import Hierarchy

FORMAT = 1
MARK = "hilander_recipe"
LARGEST = 1_000_000  # bytes; 300 changes take about 10,000
LONGEST_NAME = 80
_EXPECTED = "expected a recipe that hilander saved (JSON)"


@dataclass(frozen=True)
class Recipe:
    """A named cut of one run.

    Attributes
    ----------
    name : what people call it
    cut : what it does
    run : id of the run in the workspace it was made in, or empty
    n : images of the run
    forest : the run's `forest_mark`: a copy of the run under another id is the same run
    """

    name: str
    cut: Cut
    run: str
    n: int
    forest: str

    @classmethod
    def of(cls, hierarchy: Hierarchy, cut: Cut, *, name: str, run: str = "") -> Self:
        return cls(name, cut.checked(hierarchy), run, hierarchy.n, forest_mark(hierarchy))

    def cut_of(self, hierarchy: Hierarchy) -> Cut:
        """Its cut, if this is the run that it was made for.

        Raises
        ------
        InputError   another run
        """
        if (self.n, self.forest) == (hierarchy.n, forest_mark(hierarchy)):
            return self.cut.checked(hierarchy)
        made = f"run {self.run!r} of {self.n:,} images" if self.run else f"a run of {self.n:,} images"
        raise InputError(
            f"The recipe {self.name!r} was made for {made}, and this is another run, of {hierarchy.n:,} images. "
            "Use it with the run that it was made for, or make one here."
        )

    def to_bytes(self) -> bytes:
        """JSON, UTF-8."""
        head = {MARK: FORMAT, "name": self.name, "run": self.run, "n": self.n, "forest": self.forest}
        return (json.dumps(head | {"cut": self.cut.to_dict()}, indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, what: str = "The file") -> Self:
        """What `to_bytes` gave; `what` names the file in a message.

        Raises
        ------
        InputError   something else
        """
        if len(data) > LARGEST:
            raise InputError(f"{what}: {_EXPECTED}, got {len(data):,} bytes. Choose another file.")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{what}: {_EXPECTED}, got something else. Choose another file.") from error
        if not isinstance(found, dict) or found.get(MARK) != FORMAT:
            raise InputError(f'{what}: {_EXPECTED}, got no "{MARK}": {FORMAT} in it. Choose another file.')
        return cls(_name(found.get("name"), what), Cut.from_dict(found.get("cut", {})), *_run(found, what))

    @classmethod
    def read(cls, path: Path) -> Self:
        """A recipe from a file. InputError when it is none."""
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}. Check the path.") from error
        return cls.from_bytes(data, str(path))


def forest_mark(hierarchy: Hierarchy) -> str:
    """16 hexadecimal digits that tell this hierarchy from any other: a hash of its links."""
    digest = blake2b(digest_size=8)
    for array, kind in (
        (hierarchy.parent, "<i8"),
        (hierarchy.merge_level, "<i2"),
        (hierarchy.link_prob, "<f4"),
    ):
        digest.update(np.ascontiguousarray(array, dtype=kind).data)
    return digest.hexdigest()


def checked_name(name: str, what: str = "A recipe's name") -> str:
    """A name without space around it; `what` it is, for the message.

    Raises
    ------
    InputError   empty, too long, or with characters that cannot be seen
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        got = f"got {len(name):,}" if name.isprintable() else "got one with characters that cannot be seen"
        raise InputError(f"{what} has 1 to {LONGEST_NAME} characters; {got}. Choose another name.")
    return name


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{what}: {_EXPECTED}, got one without a name. Choose another file.")
    return checked_name(value)


def _run(found: dict[str, Any], what: str) -> tuple[str, int, str]:
    run, n, forest = found.get("run"), found.get("n"), found.get("forest")
    if not (isinstance(run, str) and isinstance(forest, str) and isinstance(n, int)):
        raise InputError(
            f"{what}: {_EXPECTED}, got one that does not say which run it is for. Choose another file."
        )
    return run[:64], n, forest
