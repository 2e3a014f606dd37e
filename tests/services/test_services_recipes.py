"""Recipes in the store: by name, of one run, gone with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import recipes
from hilander.services.recipes import Saved
from hilander.services.store import DatasetRow, RunRow, Store

CUT = Cut(2, changes=((1, 1),))


@pytest.fixture
def store(store):
    day = datetime(2026, 1, 1, tzinfo=UTC)
    store.add_dataset(DatasetRow("set", "Set", 8, 4, True, False, day, "", "ready"))
    for run in ("run1", "run2"):
        store.add_run(RunRow(run, "set", run, ClusterConfig().to_dict(), day, "ready", {}))
    return store


def names(store: Store, run: str = "run1") -> list[str]:
    return [one.name for one in recipes.saved(store, run)]


def save(store: Store, run: str, name: str, cut: Cut, **options: Any) -> Saved:
    return recipes.save(store, run, name, cut, who="me", **options)


def test_a_saved_cut_comes_back(store):
    kept = save(store, "run1", "  Good ", CUT)
    save(store, "run1", "By links", Cut(1, min_link=0.5))
    assert recipes.one(store, "run1", kept.id) == kept
    assert (kept.name, kept.cut) == ("Good", CUT)
    assert names(store) == ["By links", "Good"]
    assert names(store, "run2") == []


def test_a_name_is_taken_once_and_can_be_replaced(store):
    good = save(store, "run1", "Good", CUT)
    save(store, "run2", "Good", CUT)
    with pytest.raises(InputError, match="'Good' already"):
        save(store, "run1", "Good", Cut(0))
    save(store, "run1", "Good", Cut(0), replace=good)
    assert [one.cut for one in recipes.saved(store, "run1")] == [Cut(0)]
    assert [one.cut for one in recipes.saved(store, "run2")] == [CUT]


def test_renaming(store):
    good, better = (save(store, "run1", name, CUT) for name in ("Good", "Better"))
    recipes.rename(store, "run1", good, "Best", who="me")
    good = recipes.one(store, "run1", good.id)
    recipes.rename(store, "run1", good, "Best", who="me")
    assert sorted(names(store)) == ["Best", "Better"]
    with pytest.raises(InputError, match="'Better' already"):
        recipes.rename(store, "run1", good, "Better", who="me")
    recipes.delete(store, "run1", better, who="me")
    with pytest.raises(InputError, match="no recipe"):
        recipes.rename(store, "run1", better, "Gone", who="me")


def test_they_go_with_the_run_and_the_data_set(store):
    for run in ("run1", "run2"):
        save(store, run, "Good", CUT)
    store.remove_run("run1")
    assert (names(store), names(store, "run2")) == ([], ["Good"])
    store.trash_dataset("set")
    assert store.purge("dataset", "set")
    assert names(store, "run2") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\tb", "\u202eevil"])
def test_names_that_nobody_could_read_are_refused(store, name):
    with pytest.raises(InputError, match="1 to 80 characters"):
        save(store, "run1", name, CUT)


def test_of_a_run_that_is_gone_and_past_the_most(store, monkeypatch):
    with pytest.raises(InputError, match="no run 'gone'"):
        save(store, "gone", "Good", CUT)
    monkeypatch.setattr(recipes, "MOST", 1)
    good = save(store, "run1", "Good", CUT)
    with pytest.raises(InputError, match="at most 1"):
        save(store, "run1", "Another", CUT)
    save(store, "run1", "Good", Cut(0), replace=good)


def test_one_of_another_run_is_not_found(store):
    kept = save(store, "run2", "Good", CUT)
    with pytest.raises(InputError, match="of this run"):
        recipes.one(store, "run1", kept.id)
