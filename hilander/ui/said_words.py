"""What the journal holds, in words: what a change is about, and a value of it. For places that read Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hilander.hierarchy.cuts import Cut
from hilander.services.exclusions import OUT, turned
from hilander.services.journal import ANSWER, EXCLUSION, MARK, NAME, NOTE, RECIPE
from hilander.services.said import Said
from hilander.ui import opened
from hilander.ui.cut_steps import brief
from hilander.ui.explored import Explored
from hilander.ui.words import count, escaped, quoted

LONG = 120  # letters of a note that are shown
_ANSWERS = {True: "same", False: "different", None: "skipped"}
_NOTHING = {
    NAME: "no name",
    NOTE: "no note",
    MARK: "no mark",
    RECIPE: "not there",
    ANSWER: "no answer",
    EXCLUSION: "none",
}
_VALUES: dict[str, Callable[[Any], str]] = {
    NAME: lambda value: quoted(value, LONG),
    NOTE: lambda value: quoted(value, LONG),
    MARK: escaped,
    RECIPE: lambda value: f"{quoted(value['name'], LONG)}, {brief(Cut.from_dict(value['cut']))}",
    ANSWER: lambda value: _ANSWERS[value["same"]],
}


def about(now: Explored, kind: str, item: str) -> str:
    """ "Name of the cluster of tile_1, 5 images"."""
    if kind in (NAME, NOTE, MARK):
        said = Said(item)
        return f"{kind.capitalize()} of the cluster of {_id(now, said.peak)}, {count(said.size, 'image')}"
    if kind == ANSWER:
        return "Are {} and {} the same?".format(*(_id(now, int(row)) for row in item.split("-")))
    return {EXCLUSION: "Images", RECIPE: "Recipe"}.get(kind, escaped(kind))


def value_words(kind: str, value: Any) -> str:
    """A value of an entry; what stands for none."""
    if value is None:
        return _NOTHING.get(kind, "nothing")
    if kind == EXCLUSION:
        rows, way = turned(value)
        return f"{count(len(rows), 'image')} {'excluded' if way == OUT else 'in use'}"
    return _VALUES.get(kind, lambda it: quoted(str(it)))(value)


def person_words(who: str) -> str:
    """What a person is called; an address in it is not made a link of."""
    return escaped(opened.name_of(who)).replace("@", "@\u2060")


def _id(now: Explored, row: int) -> str:
    return quoted(now.id_of(row)) if 0 <= row < now.hierarchy.n else f"row {row:,}"
