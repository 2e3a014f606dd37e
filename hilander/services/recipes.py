"""Cuts that people saved by name: each belongs to one run, is kept in its journal, and goes with it.

Knows nothing about how a cut is made or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import checked_name
from hilander.services import journal
from hilander.services.journal import RECIPE, Wish
from hilander.services.store import Annotating, AnnotationRow, Store, new_id

MOST = 200  # recipes of one run


@dataclass(frozen=True)
class Saved:
    """A recipe of a run; `version` counts its changes, `moment` is that of the last one."""

    id: str
    name: str
    cut: Cut
    moment: datetime
    version: int


def saved(store: Store, run_id: str) -> list[Saved]:
    """The recipes of a run, the one changed last first."""
    return [_saved(row) for row in store.annotations(run_id, RECIPE)[::-1] if row.value is not None]


def one(store: Store, run_id: str, recipe_id: str) -> Saved:
    """A recipe of this run by its id; InputError when the run has none of that id."""
    found = store.annotations(run_id, RECIPE, item=recipe_id)
    if not found or found[0].value is None:
        raise InputError(
            f"There is no recipe {recipe_id[:40]!r} of this run (deleted?). Choose one from the list, or begin "
            "from a level."
        )
    return _saved(found[0])


def save(store: Store, run_id: str, name: str, cut: Cut, *, who: str, replace: Saved | None = None) -> Saved:
    """Keep a cut of a run under a name; `replace` is the recipe of that name that it takes the place of.

    Raises
    ------
    Conflict     the one to replace was changed since
    InputError   no such run, no usable name, one that is taken, or too many recipes
    """
    recipe_id, seen = (new_id(), 0) if replace is None else (replace.id, replace.version)
    return _put(store, run_id, recipe_id, _value(checked_name(name), cut), seen=seen, who=who)


def rename(store: Store, run_id: str, recipe: Saved, name: str, *, who: str) -> None:
    """Give a recipe another name.

    Raises
    ------
    Conflict     it was changed since `recipe` was read
    InputError   it is gone, or the name is taken or unusable
    """
    one(store, run_id, recipe.id)
    _put(store, run_id, recipe.id, _value(checked_name(name), recipe.cut), seen=recipe.version, who=who)


def delete(store: Store, run_id: str, recipe: Saved, *, who: str) -> None:
    """Take a recipe away; the journal can put it back. Conflict when it was changed since `recipe` was read."""
    journal.put(store, run_id, RECIPE, recipe.id, None, seen=recipe.version, who=who)


def write(held: Annotating, wish: Wish, *, seen: int, who: str) -> AnnotationRow | None:
    """Write a recipe within a transaction, if its name is free and there is room for one more."""
    if wish.value is not None:
        others = [row for row in held.states(RECIPE) if row.value is not None and row.item != wish.item]
        name = wish.value["name"]
        if name in {row.value["name"] for row in others}:
            raise InputError(
                f"This run has a recipe {name!r} already. Choose another name, or replace that one."
            )
        if len(others) >= MOST:
            raise InputError(
                f"A run keeps at most {MOST} recipes; this one has {len(others)}. Delete one first."
            )
    return journal.write(held, wish, seen=seen, who=who)


def _put(store: Store, run_id: str, recipe_id: str, value: Any, *, seen: int, who: str) -> Saved:
    with store.annotating(run_id) as held:
        state = write(held, Wish(RECIPE, recipe_id, value), seen=seen, who=who)
    assert state is not None
    return _saved(state)


def _value(name: str, cut: Cut) -> dict[str, Any]:
    return {"name": name, "cut": cut.to_dict()}


def _saved(row: AnnotationRow) -> Saved:
    return Saved(row.item, row.value["name"], Cut.from_dict(row.value["cut"]), row.moment, row.version)
