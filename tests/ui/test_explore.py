"""The explorer's logic: what the URL says is shown, what is pressed stands in the URL."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from hilander.services.runs import open_run
from hilander.views.cut import by_size
from hilander.views.gallery import gallery_of
from tests.ui.conftest import button, opened, said

LEVEL_LIST = import_module("hilander.ui.components.level_list")  # its package gives the function that name


@pytest.fixture
def drawn(monkeypatch):
    """What the table of levels was given last."""
    data = {}
    monkeypatch.setattr(LEVEL_LIST, "_mount", lambda **words: data.update(words["data"]))
    return data


def test_without_a_link_the_newest_run_opens_at_its_natural_level(app, run, dataset):
    opened(app)
    assert "Level 2 of 2" in said(app)
    assert "3 clusters, largest first" in said(app)
    assert app.query_params == {"dataset": dataset, "run": run, "level": "2"}


def test_the_slider_goes_to_its_level(app, run):
    opened(app, level=1)
    assert app.slider(key="level-slider").value == 1
    app.slider(key="level-slider").set_value(0).run()
    assert app.query_params["level"] == "0"
    assert "8 clusters, largest first" in said(app)


@pytest.mark.parametrize(
    ("query", "level", "where"),
    [
        ({}, 1, "4 clusters · 1 single image · natural level"),
        ({"level": "natural"}, 1, "4 clusters · 1 single image · natural level"),
        ({"level": 0}, 0, "8 clusters · 8 single images"),
        ({"level": "last"}, 2, "3 clusters · 1 single image · past natural"),
    ],
)
def test_levels_past_the_natural_one_are_told_apart(app, longer_run, drawn, query, level, where):
    opened(app, run=longer_run, **query)
    assert f"Level {level} of 2" in said(app)
    assert where in [it.value for it in app.caption]
    assert app.query_params["level"] == str(level)
    assert [(it["natural"], it["coarser"]) for it in drawn["rows"]] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert (drawn["chosen"], drawn["mark"]) == (level, "natural")
    assert drawn["coarserHelp"]


def test_a_run_that_stopped_as_asked_and_went_on_coarser_claims_no_natural_level(
    app, longer_run, store, drawn
):
    row = store.run(longer_run)
    store.remove_run(longer_run)
    store.add_run(replace(row, settings=row.settings | {"levels": 1}))
    opened(app, run=longer_run)
    assert drawn["mark"] == "stopped"
    assert drawn["markHelp"] == "Stopped after 1 level, as asked: the network may have gone on."
    assert "4 clusters · 1 single image" in [it.value for it in app.caption]


@pytest.mark.parametrize(("level", "clusters"), [(0, 8), (1, 4), (2, 3), ("natural", 3), ("last", 3)])
def test_a_link_opens_its_level(app, run, level, clusters):
    opened(app, run=run, level=level)
    assert f"{clusters} clusters, largest first" in said(app)


def test_a_link_opens_its_cluster(app, run):
    opened(app, run=run, level=2, cluster=1)
    assert "Cluster of 5 images" in said(app)
    button(app, "All clusters").click().run()
    assert "3 clusters, largest first" in said(app)
    assert "cluster" not in app.query_params


def test_stepping_follows_the_open_cluster(app, run):
    opened(app, run=run, level=1, cluster=5)
    assert "Cluster of 2 images" in said(app)
    app.slider(key="level-slider").set_value(2).run()
    assert "Cluster of 5 images" in said(app)
    assert app.query_params["cluster"] == "1"


def test_a_row_that_is_no_peak_opens_the_cluster_that_holds_it(app, run):
    opened(app, run=run, level=2, cluster=6)
    assert "Row 6 is no peak at level 2" in said(app)
    assert "Cluster of 5 images" in said(app)


def test_a_cluster_of_one_image(app, run):
    opened(app, run=run, level=1, cluster=7)
    assert "Cluster of 1 image" in said(app)
    assert "Fewer than 5 images: laid out by PCA" in said(app)  # it and the nearest peaks around it


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"level": "9"}, "The link's level is 9, but this run ends at level 2: this is level 2."),
        ({"cluster": "8"}, "The link's cluster is row 8, but there are 8 images: here are all clusters."),
    ],
)
def test_a_level_or_cluster_past_the_end_opens_the_nearest_and_says_so(app, run, query, told):
    opened(app, run=run, **query)
    assert told in said(app).replace("\\", "")
    assert "3 clusters, largest first" in said(app)
    assert app.query_params["level"] == "2"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"dataset": "gone"}, "There is no data set 'gone'"),
        ({"run": "gone"}, "There is no run 'gone'"),
        ({"level": "-1"}, "level should be a number from 0 to 2; got '-1'"),
        ({"level": "²"}, "level should be a number"),
        ({"cluster": "9" * 30}, "cluster should be the row number of an image"),
        ({"page": "zero"}, "page should be a page number"),
        ({"run": "../../etc"}, "There is no run '../../etc'"),
    ],
)
def test_nonsense_in_the_link_is_told_in_words(app, run, query, told):
    opened(app, **query)
    assert told in said(app).replace("\\", "")
    assert not app.exception
    button(app, "Open the explorer afresh").click().run()
    assert "3 clusters, largest first" in said(app)


def test_a_run_deleted_while_somebody_looks_at_it(app, run, store):
    opened(app)
    store.remove_run(run)
    app.slider(key="level-slider").set_value(1).run()
    assert "There is no run" in said(app)
    assert not app.exception


def test_a_data_set_without_a_run_offers_to_cluster_it(app, dataset):
    opened(app, dataset=dataset)
    assert "not clustered yet" in said(app)
    assert button(app, "Cluster it")


def test_an_empty_workspace_says_what_to_do(app):
    opened(app)
    assert "Nothing is clustered yet" in said(app)
    assert button(app, "Add a data set")


def test_the_numbers_in_the_gallery_are_those_of_the_file(run):
    hierarchy = open_run(run).hierarchy
    for level in range(3):
        numbers = by_size(hierarchy.peak_of(level))
        peaks = gallery_of(hierarchy.peak_of(level)).peaks
        assert numbers[peaks].tolist() == list(range(len(peaks)))


def test_an_opened_cluster_shows_its_number(app, run):
    opened(app, run=run, level=2, cluster=4)
    assert "#1" in said(app)
