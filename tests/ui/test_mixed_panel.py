"""Cutting one branch deeper or higher: what the tools promise and do, undo, and what a link with a cut shows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hilander.hierarchy.cuts import MOST_CHANGES, Cut
from hilander.services import recipes
from hilander.ui import mixed_panel
from tests.ui.conftest import button, opened, said


class Changes:
    """Stands in for the component: what it was given, and presses that it reports when it is drawn next."""

    def __init__(self) -> None:
        self.lines, self.more, self.press = [], "", []

    def __call__(self, lines, *, more, acted, **_words) -> None:
        self.lines, self.more = list(lines), more
        while self.press:
            acted(*self.press.pop())


@pytest.fixture
def changes(monkeypatch) -> Changes:
    found = Changes()
    monkeypatch.setattr(mixed_panel, "change_list", found)
    return found


def tool(app: AppTest, name: str):
    return app.button(key=f"branch-{name}")


def test_a_split_says_what_it_will_do_and_shows_the_parts(app, run, changes):
    opened(app, run=run, level=2, cluster=1)
    assert tool(app, "split").help == "Splits into 2 clusters of level 1."
    assert "At level 2 · split: into 2 clusters (level 1) · merge: not possible" in said(app)
    tool(app, "split").click().run()
    assert app.query_params["mixed"] == "1.1"
    assert "Cluster of 3 images" in said(app)
    assert "2 clusters in place of one" in said(app)
    assert "Level 2 with 1 branch cut otherwise: 4 clusters" in said(app)
    assert [(it.title, it.note) for it in changes.lines] == [("tile_1.png", "level 2 → 1 · 5 images")]


def test_a_merge_joins_and_back_takes_the_branch_to_the_level_of_the_rest(app, run):
    opened(app, run=run, level=1, cluster=5)
    assert tool(app, "merge").help == "Joins 1 other at level 2: one cluster of 5 images."
    tool(app, "merge").click().run()
    assert (app.query_params["mixed"], app.query_params["cluster"]) == ("5.2", "1")
    assert "Cluster of 5 images" in said(app)
    button(app, "Back to level 1").click().run()
    assert app.query_params["mixed"] == "5.2_1.1"
    assert "Cluster of 3 images" in said(app)
    assert "Level 1: 4 clusters" in said(app)


@pytest.mark.parametrize(
    ("query", "name", "why"),
    [
        ({"level": 1, "cluster": 7}, "split", "A single image: there is nothing to split."),
        ({"level": 1, "cluster": 7}, "merge", "Nothing is joined with this cluster at any higher level."),
        ({"level": 2, "links": 0.75, "cluster": 1}, "split", "Choose a level first"),
        ({"level": 2, "links": 0.75, "cluster": 1}, "merge", "Choose a level first"),
        (
            {"level": 2, "mixed": "_".join(["1.1"] * MOST_CHANGES), "cluster": 1},
            "split",
            "the most there can be",
        ),
    ],
)
def test_what_is_impossible_says_why(app, run, query, name, why):
    opened(app, run=run, **query)
    assert tool(app, name).disabled
    assert why in tool(app, name).help


def test_undo_redo_and_reset(app, run):
    opened(app, run=run, level=2, cluster=1)
    tool(app, "split").click().run()
    tool(app, "split").click().run()
    assert app.query_params["mixed"] == "1.1_1.0"
    assert app.button(key="cut-undo").help == "Back to level 2, 1 change. Ctrl+Z"
    app.button(key="cut-undo").click().run()
    assert app.query_params["mixed"] == "1.1"
    app.button(key="cut-undo").click().run()
    assert "mixed" not in app.query_params
    assert app.button(key="cut-undo").disabled
    app.button(key="cut-redo").click().run()
    app.button(key="cut-redo").click().run()
    assert app.query_params["mixed"] == "1.1_1.0"
    assert app.button(key="cut-redo").disabled
    app.button(key="cut-reset").click().run()
    assert "mixed" not in app.query_params
    app.button(key="cut-undo").click().run()
    assert app.query_params["mixed"] == "1.1_1.0"


def test_undo_works_in_a_fresh_session(app, run):
    opened(app, run=run, level=2, mixed="1.1_6.0")
    app.button(key="cut-undo").click().run()
    assert app.query_params["mixed"] == "1.1"


def test_a_level_chosen_after_a_mixed_cut_can_be_undone(app, run):
    opened(app, run=run, level=2, mixed="1.1")
    app.number_input(key=f"about-{run}").set_value(8).run()  # level 0: eight clusters
    assert "mixed" not in app.query_params
    app.button(key="cut-undo").click().run()
    assert (app.query_params["level"], app.query_params["mixed"]) == ("2", "1.1")


def test_each_change_is_listed_newest_first_and_can_be_taken_out(app, run, changes):
    opened(app, run=run, level=2, mixed="1.1_6.0_0.2")
    assert [it.note for it in changes.lines] == [
        "level 1 → 2 · 5 images",
        "level 1 → 0 · 2 images · overruled",
        "level 2 → 1 · 5 images · overruled",
    ]
    assert [it.faint for it in changes.lines] == [False, True, True]
    changes.press.append(("remove", 2))
    app.run()
    assert app.query_params["mixed"] == "1.1_6.0"
    changes.press.append(("open", 1))
    app.run()
    assert app.query_params["cluster"] == "6"


def test_of_many_changes_the_newest_are_listed(app, run, changes):
    opened(app, run=run, level=2, mixed="_".join(["1.1", "1.2"] * 17))
    assert len(changes.lines) == mixed_panel.SHOWN
    assert changes.more == "The newest 30; 4 earlier changes not shown."


def test_a_plain_level_says_how_to_begin(app, run, changes):
    opened(app, run=run, level=2)
    assert "Open a cluster to cut its branch deeper or higher" in said(app)
    assert not [it for it in app.button if it.key == "cut-undo"]
    assert changes.lines == []


def test_a_link_to_a_recipe_opens_its_cut(app, run, store):
    kept = recipes.save(store, run, "Good", Cut(2, changes=((1, 1),)), who="me")
    opened(app, run=run, level=0, recipe=kept.id)
    assert "4 clusters, largest first" in said(app)
    assert app.query_params["level"] == "2"
    assert app.query_params["mixed"] == "1.1"
    assert "recipe" not in app.query_params
    assert button(app, "Recipes (1)")


def test_a_cluster_in_a_mixed_cut_that_is_no_peak_opens_the_one_that_holds_it(app, run):
    opened(app, run=run, level=2, mixed="1.1", cluster=6)
    assert "Row 6 is no peak here" in said(app)
    assert "Cluster of 2 images" in said(app)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"mixed": "1"}, "changes of a cut look like 17.2_5.4"),
        ({"mixed": "1.1_<b>"}, "changes of a cut look like 17.2_5.4 (image.level); got '<b>'"),
        ({"mixed": "8.1"}, "a cut's image must be a row from 0 to 7; got 8"),
        ({"mixed": "1.3"}, "a cut's level must be a whole number from 0 to 2; got 3"),
        ({"mixed": "_".join(["1.1"] * 301)}, "a cut takes at most 300 changes; got 301"),
        ({"links": "high"}, "links should be a probability from 0 to 1; got 'high'"),
        ({"links": "1.5"}, "links should be a probability from 0 to 1; got '1.5'"),
        ({"links": "nan"}, "links should be a probability from 0 to 1; got 'nan'"),
        ({"links": "0.5", "mixed": "1.1"}, "The link has links and mixed; a cut is by one of them"),
        ({"recipe": "gone"}, "There is no recipe 'gone' of this run (deleted?)"),
        ({"recipe": "<img src=x>"}, "There is no recipe '<img src=x>' of this run"),
    ],
)
def test_a_cut_that_makes_no_sense_is_told_in_words(app, run, query, told):
    opened(app, run=run, **query)
    assert told in said(app).replace("\\", "")
    assert not app.exception
    button(app, "Open the explorer afresh").click().run()
    assert "3 clusters, largest first" in said(app)


def test_a_recipe_of_another_run_is_not_opened(app, run, longer_run, store):
    kept = recipes.save(store, longer_run, "Good", Cut(1), who="me")
    opened(app, run=run, recipe=kept.id)
    assert f"There is no recipe '{kept.id}' of this run" in said(app).replace("\\", "")


def test_a_run_deleted_while_a_branch_is_cut(app, run, store):
    opened(app, run=run, level=2, cluster=1)
    store.remove_run(run)
    tool(app, "split").click().run()
    assert "There is no run" in said(app)
    assert not app.exception
