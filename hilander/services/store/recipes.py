"""Rows of saved cuts."""

from __future__ import annotations

import sqlalchemy as sa

from hilander.services.store import schema
from hilander.services.store.base import Tables
from hilander.services.store.rows import RecipeRow


class Recipes(Tables):
    def put_recipe(self, row: RecipeRow) -> None:
        """Keep a recipe, in place of the run's one of that name if there is one."""
        recipes = schema.recipes
        same = (recipes.c.run_id == row.run_id) & (recipes.c.name == row.name)
        self._write(sa.delete(recipes).where(same), sa.insert(recipes).values(**vars(row)))

    def recipe(self, recipe_id: str) -> RecipeRow | None:
        return self._one(RecipeRow, schema.recipes, recipe_id)

    def recipes(self, run_id: str) -> list[RecipeRow]:
        """A run's recipes, newest first."""
        return self._newest_first(RecipeRow, schema.recipes, schema.recipes.c.run_id == run_id)

    def rename_recipe(self, recipe_id: str, name: str) -> bool:
        """False when the recipe is gone, or another of its run has that name."""
        recipes = schema.recipes
        try:
            return self._write(sa.update(recipes).where(recipes.c.id == recipe_id).values(name=name)) == 1
        except sa.exc.IntegrityError:
            return False

    def remove_recipe(self, recipe_id: str) -> None:
        self._write(sa.delete(schema.recipes).where(schema.recipes.c.id == recipe_id))
