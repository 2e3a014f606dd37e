"""Cuts that people saved by name: each belongs to one run and goes with it.

Knows nothing about how a cut is made or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import checked_name
from hilander.services.store import RecipeRow, Store, new_id, now, required_run

MOST = 200  # recipes of one run


@dataclass(frozen=True)
class Saved:
    """A recipe of a run, as the workspace keeps it."""

    id: str
    name: str
    cut: Cut
    created: datetime


def saved(store: Store, run_id: str) -> list[Saved]:
    """The recipes of a run, newest first."""
    return [_saved(row) for row in store.recipes(run_id)]


def one(store: Store, run_id: str, recipe_id: str) -> Saved:
    """A recipe of this run by its id; InputError when the run has none of that id."""
    row = store.recipe(recipe_id)
    if row is None or row.run_id != run_id:
        raise InputError(
            f"There is no recipe {recipe_id[:40]!r} of this run (deleted?). Choose one from the list, or begin "
            "from a level."
        )
    return _saved(row)


def save(store: Store, run_id: str, name: str, cut: Cut, *, replace: bool = False) -> Saved:
    """Keep a cut of a run under a name.

    Raises
    ------
    InputError   no such run, no usable name, one that is taken unless `replace` is set, or too many recipes
    """
    name = checked_name(name)
    required_run(store, run_id)
    names = [row.name for row in store.recipes(run_id)]
    if name in names and not replace:
        raise InputError(f"This run has a recipe {name!r} already. Choose another name, or replace that one.")
    if name not in names and len(names) >= MOST:
        raise InputError(f"A run keeps at most {MOST} recipes; this one has {len(names)}. Delete one first.")
    row = RecipeRow(new_id(), run_id, name, cut.to_dict(), now())
    store.put_recipe(row)
    return _saved(row)


def rename(store: Store, run_id: str, recipe_id: str, name: str) -> None:
    """Give a recipe another name; InputError when it is gone or the name is taken or unusable."""
    kept, name = one(store, run_id, recipe_id), checked_name(name)
    if name != kept.name and not store.rename_recipe(recipe_id, name):
        raise InputError(f"This run has a recipe {name!r} already. Choose another name.")


def delete(store: Store, recipe_id: str) -> None:
    store.remove_recipe(recipe_id)


def _saved(row: RecipeRow) -> Saved:
    return Saved(row.id, row.name, Cut.from_dict(row.cut), row.created)
