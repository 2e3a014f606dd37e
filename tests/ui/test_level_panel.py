"""Choosing where to cut: the table, the recommendation, links instead of levels, and about so many clusters."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from hilander.hierarchy.forest import Hierarchy
from hilander.services import answers
from hilander.services.answers import Judgement
from hilander.services.datasets import import_dataset, inspect_upload
from hilander.views.recommend import Answered
from tests.ui.conftest import N, forest, keep_run, opened, said

TABLE = import_module("hilander.ui.components.level_list")  # the package gives the functions these names
SLIDER = import_module("hilander.ui.components.link_slider")
BACK = "back-to-level"


def spied(monkeypatch, module):
    data = {}
    monkeypatch.setattr(module, "_mount", lambda **words: data.update(words["data"]))
    return data


@pytest.fixture
def table(monkeypatch):
    """What the table of levels was given last."""
    return spied(monkeypatch, TABLE)


@pytest.fixture
def slider(monkeypatch):
    """What the slider of links was given last."""
    return spied(monkeypatch, SLIDER)


def test_the_table_tells_sizes_and_links_of_every_level(app, run, table):
    opened(app, run=run, level=1)
    assert [column["name"] for column in table["columns"]] == [
        *("Clusters", "Singles", "Sizes", "Largest", "Weakest", "Median")
    ]
    assert all(column["help"] for column in table["columns"])
    # Level 1: one image by itself, seven in three clusters of 2 to 3; no level has clusters of over 5.
    assert list(table["rows"][1]["cells"]) == ["4", "1", (0.125, 0.875, 0.0), "3", "0.70", "0.85"]
    assert table["rows"][1]["hover"] == (
        "Clusters by images: 1 of 1, 3 of 2–3\n4 links made here: weakest 0.70, median 0.85"
    )
    assert table["chosen"] == 1


def test_without_answers_and_labels_the_natural_level_is_recommended(app, run, table):
    opened(app, run=run, level=0)
    assert "Level 2 is recommended" in said(app)
    assert "the network found no more links worth making" in said(app)
    assert [row["starred"] for row in table["rows"]] == [False, False, True]
    app.button(key="go-to-recommended").click().run()
    assert app.query_params["level"] == "2"
    assert "This level is recommended" in said(app)


def test_answers_name_their_level(app, run, monkeypatch):
    monkeypatch.setattr("hilander.ui.recommended._answered", lambda run_id: Answered(20, 1))
    opened(app, run=run)
    assert "Level 1 is recommended**: your 20 answers speak for it" in said(app).replace("\\", "")


def test_answers_are_heard_by_the_recommendation(app, run):
    for place in range(3):
        answers.give(run, Judgement(0, place + 1, False), seen=0, who="local")
    opened(app, run=run)
    assert "recommended" in said(app)
    assert not app.exception


def test_cutting_by_links_keeps_the_number_of_clusters_and_says_what_it_is(app, run, table, slider):
    opened(app, run=run, level=1)
    app.segmented_control(key="cut-by").set_value("links").run()
    assert 0.6 < float(app.query_params["links"]) <= 0.7
    assert slider["clusters"] == 4
    assert "4 clusters, largest first" in said(app)
    assert "that is a new run" in said(app)
    assert "No row of the table below is what is shown" in said(app)
    assert table["chosen"] is None
    app.button(key=BACK).click().run()
    assert "links" not in app.query_params
    assert "Level 1 of 2" in said(app)


def test_the_slider_is_given_the_clusters_of_every_place(app, run, slider):
    opened(app, run=run, level=2, links="0.75")
    assert slider["value"] == 0.75
    assert slider["clusters"] == 5  # 0.6 and 0.7 fall
    assert slider["curve"][0] == 3
    assert slider["curve"][150] == 5
    assert slider["curve"][-1] == 8


def test_a_link_probability_survives_the_link(app, run, slider):
    opened(app, run=run, links="0.949999988")  # 0.95 as float32 is a little less
    assert app.query_params["links"] == "0.949999988"
    assert slider["clusters"] == 7


@pytest.mark.parametrize(("wanted", "level"), [(3, "2"), (4, "1"), (7, "0"), (300, "0")])
def test_about_so_many_clusters_goes_to_the_nearest_level(app, run, wanted, level):
    opened(app, run=run)
    app.number_input(key=f"about-{run}").set_value(wanted).run()
    assert app.query_params["level"] == level
    assert f"Nearest level to {wanted} clusters: level {level}" in said(app)


def test_the_cut_by_links_that_is_nearer_is_offered(app, run):
    opened(app, run=run)
    app.number_input(key=f"about-{run}").set_value(6).run()  # levels have 8, 4 and 3
    take = app.button(key="take-links")
    assert "Links of 0.85 or more make 6" in take.label
    take.click().run()
    assert app.query_params["links"] == "0.85"
    assert "6 clusters, largest first" in said(app)


def test_in_a_cut_by_links_the_number_is_met_by_links(app, run):
    opened(app, run=run, links="0.5")
    app.number_input(key=f"about-{run}").set_value(6).run()
    assert app.query_params["links"] == "0.85"


def test_a_mixed_cut_is_told_with_a_way_back(app, run, table):
    opened(app, run=run, level=2, mixed="5.1")
    assert "Level 2, 1 branch cut otherwise" in said(app)
    assert table["chosen"] is None
    assert app.segmented_control(key="cut-by").value is None
    app.button(key=BACK).click().run()
    assert "mixed" not in app.query_params
    assert "Level 2 of 2" in said(app)


def test_all_figures_open_in_a_dialog(app, run):
    opened(app, run=run)
    app.button(key="all-figures").click().run()
    table = app.dataframe[0].value
    assert table["Median link"].tolist()[1] == pytest.approx(0.85)
    assert list(table["Clusters"]) == [8, 4, 3]


def test_half_of_the_images_labelled(app, workspace, store, tmp_path, table):
    np.save(tmp_path / "part.npy", np.random.default_rng(0).normal(size=(N, 4)))
    (tmp_path / "part.csv").write_text(
        "id,label\n0,a\n1,a\n2,b\n3,b\n" + "".join(f"{i},\n" for i in range(4, N))
    )
    report = inspect_upload(tmp_path / "part.npy", labels=tmp_path / "part.csv")
    run = keep_run("run3", forest(), workspace, store, import_dataset(workspace, store, report, "Part"))
    opened(app, run=run, level=1)
    # Level 1 has {0 1 2} and {3 4}: of the labelled, {0 1 2} {3}; level 0 splits all; level 2 is as level 1 there.
    assert "Level 2 is recommended" in said(app)
    assert "on the 4 labelled images" in said(app)
    scores = [(column["name"], column["wide"]) for column in table["columns"][-3:]]
    assert scores == [("Fb", False), ("Fp", True), ("NMI", True)]
    assert "4 of 8 images labelled" in table["columns"][-1]["help"]
    assert table["rows"][1]["hover"].splitlines()[-1].startswith("Fp 0.")


@pytest.mark.parametrize("query", [{}, {"links": "0.5"}, {"view": "compare"}])
def test_a_run_in_which_nothing_was_linked(app, workspace, store, dataset, query):
    alone = np.arange(N)
    nothing = np.zeros(N, np.float32)
    lone = Hierarchy(alone, np.ones(N, np.int16), nothing, nothing, nothing[:0], (), 0)
    opened(app, run=keep_run("lone", lone, workspace, store, dataset), **query)
    assert "no two images were alike enough to be linked" in said(app)
    assert not app.error
    assert not app.exception
