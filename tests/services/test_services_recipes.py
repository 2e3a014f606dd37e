"""Recipes in the store: by name, of one run, gone with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import recipes
from hilander.services.store import DatasetRow, RunRow, Store
from hilander.services.workspace import Workspace

CUT = Cut(2, changes=((1, 1),))


@pytest.fixture
def store(tmp_path):
    store = Store(Workspace(tmp_path))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    store.add_dataset(DatasetRow("set", "Set", 8, 4, True, False, day, "", "ready"))
    for run in ("run1", "run2"):
        store.add_run(RunRow(run, "set", run, ClusterConfig().to_dict(), day, "ready", {}))
    return store


def names(store: Store, run: str = "run1") -> list[str]:
    return [one.name for one in recipes.saved(store, run)]


def test_a_saved_cut_comes_back(store):
    kept = recipes.save(store, "run1", "  Good ", CUT)
    recipes.save(store, "run1", "By links", Cut(1, min_link=0.5))
    assert recipes.one(store, "run1", kept.id) == kept
    assert (kept.name, kept.cut) == ("Good", CUT)
    assert names(store) == ["By links", "Good"]
    assert names(store, "run2") == []


def test_a_name_is_taken_once_and_can_be_replaced(store):
    recipes.save(store, "run1", "Good", CUT)
    recipes.save(store, "run2", "Good", CUT)
    with pytest.raises(InputError, match="'Good' already"):
        recipes.save(store, "run1", "Good", Cut(0))
    recipes.save(store, "run1", "Good", Cut(0), replace=True)
    assert [one.cut for one in recipes.saved(store, "run1")] == [Cut(0)]
    assert [one.cut for one in recipes.saved(store, "run2")] == [CUT]


def test_renaming(store):
    good, better = (recipes.save(store, "run1", name, CUT) for name in ("Good", "Better"))
    recipes.rename(store, "run1", good.id, "Best")
    recipes.rename(store, "run1", good.id, "Best")
    assert sorted(names(store)) == ["Best", "Better"]
    with pytest.raises(InputError, match="'Better' already"):
        recipes.rename(store, "run1", good.id, "Better")
    recipes.delete(store, better.id)
    with pytest.raises(InputError, match="no recipe"):
        recipes.rename(store, "run1", better.id, "Gone")


def test_they_go_with_the_run_and_the_data_set(store):
    for run in ("run1", "run2"):
        recipes.save(store, run, "Good", CUT)
    store.remove_run("run1")
    assert (names(store), names(store, "run2")) == ([], ["Good"])
    store.remove_dataset("set")
    assert names(store, "run2") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\tb", "\u202eevil"])
def test_names_that_nobody_could_read_are_refused(store, name):
    with pytest.raises(InputError, match="1 to 80 characters"):
        recipes.save(store, "run1", name, CUT)


def test_of_a_run_that_is_gone_and_past_the_most(store, monkeypatch):
    with pytest.raises(InputError, match="no run 'gone'"):
        recipes.save(store, "gone", "Good", CUT)
    monkeypatch.setattr(recipes, "MOST", 1)
    recipes.save(store, "run1", "Good", CUT)
    with pytest.raises(InputError, match="at most 1"):
        recipes.save(store, "run1", "Another", CUT)
    recipes.save(store, "run1", "Good", Cut(0), replace=True)


def test_one_of_another_run_is_not_found(store):
    kept = recipes.save(store, "run2", "Good", CUT)
    with pytest.raises(InputError, match="of this run"):
        recipes.one(store, "run1", kept.id)
