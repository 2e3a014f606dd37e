"""Cuts saved by name, read and written by a visitor."""

from __future__ import annotations

from hilander.hierarchy.cuts import Cut
from hilander.services import recipes as beneath
from hilander.services.access import Action
from hilander.services.door.visit import Visit, on_run
from hilander.services.recipes import Saved


@on_run(Action.VIEW)
def saved(visit: Visit, run_id: str) -> list[Saved]:
    """The recipes of a run, the one changed last first."""
    return beneath.saved(visit.store, run_id)


@on_run(Action.VIEW)
def one(visit: Visit, run_id: str, recipe_id: str) -> Saved:
    return beneath.one(visit.store, run_id, recipe_id)


@on_run(Action.ANNOTATE)
def save(visit: Visit, run_id: str, name: str, cut: Cut, *, replace: Saved | None = None) -> Saved:
    return beneath.save(visit.store, run_id, name, cut, who=visit.person.id, replace=replace)


@on_run(Action.ANNOTATE)
def rename(visit: Visit, run_id: str, recipe: Saved, name: str) -> None:
    beneath.rename(visit.store, run_id, recipe, name, who=visit.person.id)


@on_run(Action.ANNOTATE)
def delete(visit: Visit, run_id: str, recipe: Saved) -> None:
    beneath.delete(visit.store, run_id, recipe, who=visit.person.id)
