"""The tree in the explorer: what the link says is drawn, what is pressed stands in the link. Forest: see conftest."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from hilander.hierarchy.branch import Branch
from hilander.ui import branch as looked_at
from hilander.ui.tree_words import COLOURS
from hilander.views.tree import tree_of
from hilander.views.tree_rows import draw
from tests.ui.conftest import button, forest, opened, said

TREE = import_module("hilander.ui.components.tree_view")  # its package gives the function that name
GRID = import_module("hilander.ui.components.image_grid")


@pytest.fixture
def drawn(monkeypatch):
    """What the tree was given last."""
    data = {}
    monkeypatch.setattr(TREE, "_mount", lambda **words: data.update(words["data"]))
    return data


@pytest.fixture
def cards(monkeypatch):
    """What each grid of cards was given last, by its key."""
    data = {}
    monkeypatch.setattr(GRID, "_mount", lambda **words: data.update({words["key"]: words["data"]["cards"]}))
    return data


def test_the_whole_tree_down_to_the_cut(app, run, drawn, cards):
    opened(app, view="tree", level=1)
    assert "4 clusters, underlined in the tree" in said(app)
    assert drawn["levels"] == ["", "Level 2", "Level 1", "Level 0"]
    assert drawn["size"] == [8, 5, 2, 1, 3, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [at for at, cut in enumerate(drawn["cut"]) if cut] == [2, 3, 4, 5]
    assert drawn["go"][:6] == [None, "1.2", "4.1", "image 7", "1.1", "5.1"]
    assert drawn["hover"][1].split("\n") == [
        "Peak tile_1.png",
        "5 images · level 2",
        "Weakest link inside 0.60, likely",
        "Made of 2 clusters of level 1",
        "Click to look inside",
    ]
    assert [crumb["title"] for crumb in drawn["crumbs"]] == ["All"]
    assert ["line", "cluster of level 1"] in [list(item) for item in drawn["legend"]["items"]]
    assert "3 clusters of level 2" in said(app)
    assert [(card["title"], card["note"]) for card in cards["tree-parts"]] == [
        ("5 images", "0.60, likely"),
        ("2 images", "0.70, likely"),
        ("1 image", "no link inside"),
    ]


def test_a_branch_in_the_link_is_drawn_with_the_way_to_it(app, run, drawn, cards):
    opened(app, view="tree", level=2, branch="6.1")
    assert [(it["title"], it["note"], it["go"]) for it in drawn["crumbs"]] == [
        ("All", "8 images", "all"),
        ("Level 2", "5 images", "1.2"),
        ("Level 1", "2 images", "5.1"),
    ]
    assert drawn["go"] == ["1.2", "image 5", "image 6"]
    assert "1 cluster here" in [it.value for it in app.caption]
    assert [card["title"] for card in cards["tree-parts"]] == ["tile_5.png", "tile_6.png"]
    button(app, "Open this cluster").click().run()
    assert (app.query_params["level"], app.query_params["cluster"]) == ("1", "5")
    assert "Cluster of 2 images" in said(app)


def test_a_cluster_of_the_cut_is_opened_in_the_cut(app, run, drawn):
    opened(app, view="tree", level=1, mixed="5.2", branch="1.2")
    assert drawn["cut"][0]
    assert ["line", "cluster of the mixed cut"] in [list(item) for item in drawn["legend"]["items"]]
    button(app, "Open this cluster").click().run()
    assert (app.query_params["mixed"], app.query_params["cluster"]) == ("5.2", "1")


def test_a_cut_by_links_has_no_clusters_to_underline(app, run, drawn):
    opened(app, view="tree", level=1, links=0.75)
    assert not any(drawn["cut"])
    assert all(kind != "line" for kind, _ in drawn["legend"]["items"])


def test_show_all_leaves_the_branch(app, run, drawn):
    opened(app, view="tree", branch="5.1")
    button(app, "Show all").click().run()
    assert "branch" not in app.query_params
    assert drawn["size"][0] == 8


def test_shape_and_colour_stand_in_the_link(app, run, drawn):
    opened(app, view="tree", shape="sunburst", colour="purity")
    assert drawn["shape"] == "sunburst"
    assert drawn["legend"]["title"] == "Weakest link"  # no labels: there is no purity to show
    app.segmented_control(key="shape").set_value("icicle").run()
    assert "shape" not in app.query_params


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"branch": "x"}, "The link's branch was left out: a branch looks like 17.3 (image.level); got 'x'"),
        ({"branch": "8.1"}, "there is no branch 8.1: images go from 0 to 7, levels from 0 to 2"),
        ({"branch": "1.9"}, "there is no branch 1.9"),
        ({"from": "-3"}, "The link's from should be a number of a part, counted from 0; got '-3'"),
    ],
)
def test_a_branch_that_is_not_there_shows_the_whole_and_says_so(app, run, drawn, query, told):
    opened(app, view="tree", **query)
    assert told in said(app).replace("\\", "")
    assert drawn["size"][0] == 8


@pytest.mark.parametrize(("first", "kinds"), [(1, [0, 2, 0, 0]), (99, [0, 2, 0])])
def test_larger_parts_can_be_paged_over(app, run, drawn, first, kinds):
    opened(app, view="tree", level=2, **{"from": first})
    assert drawn["kind"][: len(kinds)] == kinds
    assert drawn["go"][1] == "all"
    assert f"{first if first < 3 else 2:,} larger one" in drawn["hover"][1]


def test_a_single_image_has_nothing_below(app, run, drawn):
    opened(app, view="tree", branch="7.2")
    assert drawn["size"] == [1]
    assert "One image: there is nothing below it." in said(app)


def test_another_data_set_begins_with_its_whole_tree(app, run, longer_run, drawn):
    opened(app, view="tree", run=run, branch="5.1")
    app.selectbox(key="run").set_value(longer_run).run()
    assert "branch" not in app.query_params


def test_purity_in_words_and_shades():
    codes = np.array([0, 0, 1, -1, -1, 1, 1, 1])
    drawn, purity = draw(tree_of(forest(), codes), None, (2, 1)), COLOURS["purity"]
    assert drawn.peak.tolist() == [-1, 1, 4, 7, 1, 5]
    assert purity.shades(drawn) == ["none", "s1", "none", "s4", "s1", "s4"]
    assert purity.tell(0.6) == "Purity 0.60, mixed"
    assert (purity.tell(np.nan), purity.brief(np.nan)) == ("", "no label known")


def test_every_value_has_a_shade_and_every_shade_a_word():
    for colour in COLOURS.values():
        assert len(colour.words) == len(colour.bounds) + 1 == 5
        assert colour.brief(0.0).endswith(colour.words[0].split(":")[0])
        assert colour.brief(1.0).endswith(colour.words[-1].split(":")[0])


def test_where_a_click_leads_is_one_text():
    assert looked_at.text_of(None) == "all"
    assert looked_at.text_of(Branch(17, 3), 72) == "17.3~72"
