"""Recipes by name. AppTest draws a dialog on the run that opens it only, so these scripts open theirs on every run."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import Recipe
from hilander.services import recipes
from tests.ui.conftest import button, forest, opened, said

CUT = Cut(2, changes=((1, 1),))


def saving() -> None:
    from hilander.ui import explore_head, recipe_dialogs

    now = explore_head.head()
    if now is not None:
        recipe_dialogs.save_dialog(now)


def listing() -> None:
    from hilander.ui import explore_head, recipe_dialogs

    now = explore_head.head()
    if now is not None:
        recipe_dialogs.recipes_dialog(now)


@pytest.fixture
def save(workspace, run) -> AppTest:
    return opened(AppTest.from_function(saving, default_timeout=60), run=run, level=2, mixed="1.1")


@pytest.fixture
def listed(workspace, run, store):
    def opened_now() -> AppTest:
        return opened(AppTest.from_function(listing, default_timeout=60), run=run, level=2)

    return opened_now


def named(app: AppTest, name: str) -> AppTest:
    app.text_input(key="recipe-name").set_value(name)
    return button(app, "Save").click().run()


def test_the_cut_is_kept_under_its_name(save, run, store):
    assert "Level 2 with 1 branch cut otherwise: 4 clusters" in said(save).replace("\\", "")
    named(save, " <b>Good</b> ")
    assert [(one.name, one.cut) for one in recipes.saved(store, run)] == [("<b>Good</b>", CUT)]


def test_a_name_that_is_taken_is_replaced_only_when_told_to(save, run, store):
    recipes.save(store, run, "Good", Cut(0), who="you")
    named(save, "Good")
    assert "has a recipe 'Good' already" in said(save)
    assert [one.cut for one in recipes.saved(store, run)] == [Cut(0)]
    button(save, "Replace it").click().run()
    assert [one.cut for one in recipes.saved(store, run)] == [CUT]


@pytest.mark.parametrize("name", ["", "   ", "\u202eevil"])
def test_a_name_that_nobody_could_read_is_told(save, run, store, name):
    named(save, name)
    assert "name has 1 to 80 characters" in said(save)
    assert recipes.saved(store, run) == []


def test_none_yet(listed):
    assert "No cut of this run is saved yet" in said(listed())


def test_opening_one_goes_to_its_cut(listed, run, store):
    kept = recipes.save(store, run, "Good", CUT, who="you")
    app = listed()
    assert "level 2, 1 change · saved just now" in said(app)
    app.button(key=f"open-{kept.id}").click().run()
    assert app.query_params["mixed"] == "1.1"
    assert "shown now" in said(app)
    assert app.button(key=f"open-{kept.id}").disabled


def test_renaming_and_deleting_ask_first(listed, run, store):
    kept = recipes.save(store, run, "*Good*", CUT, who="you")
    other = recipes.save(store, run, "Other", CUT, who="you")
    app = listed()
    assert "\\*Good\\*" in said(app)
    app.button(key=f"rename-{kept.id}").click().run()
    app.text_input(key=f"name-{kept.id}").set_value("Other")
    app.button(key=f"rename-sure-{kept.id}").click().run()
    assert "'Other' already" in said(app)
    app.text_input(key=f"name-{kept.id}").set_value("Better")
    app.button(key=f"rename-sure-{kept.id}").click().run()
    assert sorted(one.name for one in recipes.saved(store, run)) == ["Better", "Other"]
    app = listed()
    app.button(key=f"delete-{other.id}").click().run()
    app.button(key=f"keep-{other.id}").click().run()
    assert len(recipes.saved(store, run)) == 2
    app.button(key=f"delete-{other.id}").click().run()
    app.button(key=f"delete-sure-{other.id}").click().run()
    assert [one.name for one in recipes.saved(store, run)] == ["Better"]


def test_one_that_somebody_renamed_meanwhile_is_not_overwritten(listed, run, store):
    kept = recipes.save(store, run, "Good", CUT, who="me")
    app = listed()
    app.button(key=f"rename-{kept.id}").click().run()
    app.text_input(key=f"name-{kept.id}").set_value("Best")
    recipes.rename(store, run, kept, "Better", who="you")
    app.button(key=f"rename-sure-{kept.id}").click().run()
    assert "you changed this meanwhile, and yours is not written" in said(app)
    assert [one.name for one in recipes.saved(store, run)] == ["Better"]
    button(app, "Write mine").click().run()
    assert [one.name for one in recipes.saved(store, run)] == ["Best"]
    assert "meanwhile" not in said(app)


def test_one_that_somebody_renamed_meanwhile_is_not_deleted(listed, run, store):
    kept = recipes.save(store, run, "Good", CUT, who="me")
    app = listed()
    app.button(key=f"delete-{kept.id}").click().run()
    recipes.rename(store, run, kept, "Better", who="you")
    app.button(key=f"delete-sure-{kept.id}").click().run()
    assert "not there" in said(app)
    button(app, "Keep theirs").click().run()
    assert [one.name for one in recipes.saved(store, run)] == ["Better"]


def test_many_recipes_come_in_pages(listed, run, store):
    for i in range(8):
        recipes.save(store, run, f"Cut {i}", CUT, who="you")
    app = listed()
    assert len([it for it in app.button if it.label == "Open"]) == 6


def given(app: AppTest, data: bytes) -> AppTest:
    app.file_uploader[0].set_value(("recipe <b>.json", data, "application/json"))
    return app.run()


def test_a_recipe_of_this_run_is_added_from_its_file(listed, run, store):
    app = given(listed(), Recipe.of(forest(), CUT, name="Good", run="elsewhere").to_bytes())
    assert not app.exception
    assert [(one.name, one.cut) for one in recipes.saved(store, run)] == [("Good", CUT)]


def test_one_that_is_there_already(listed, run, store):
    recipes.save(store, run, "Good", CUT, who="you")
    recipe = Recipe.of(forest(), CUT, name="Good").to_bytes()
    app = given(listed(), recipe)
    assert "already, the same cut" in said(app)
    recipes.save(store, run, "Good", Cut(0), who="you", replace=recipes.saved(store, run)[0])
    app = given(listed(), recipe)
    assert "already, another cut" in said(app)
    button(app, "Replace it").click().run()
    assert [one.cut for one in recipes.saved(store, run)] == [CUT]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"no", "recipe <b>.json: expected a recipe that hilander saved"),
        (b"{}", "recipe <b>.json: expected a recipe that hilander saved"),
        (
            Recipe("Good", CUT, "abc", 9, "0" * 16).to_bytes(),
            "'Good' was made for run 'abc' of 9 images, and this is another run, of 8 images",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_told_in_words(listed, run, store, data, told):
    app = given(listed(), data)
    assert told in said(app).replace("\\", "")
    assert recipes.saved(store, run) == []
