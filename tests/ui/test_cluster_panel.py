"""An opened cluster in its parts, and the changes of a cut: what each says and draws. See the forest in conftest."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from hilander.hierarchy.forest import Hierarchy
from hilander.io.labels import AlignedLabels
from hilander.services.datasets import open_dataset
from hilander.services.thumbs import as_data_url, placeholder
from hilander.ui import image_dialog
from hilander.ui.why_panel import held_by
from hilander.views.why import links_of
from tests.ui.conftest import N, button, forest, keep_run, opened, said

PAIR_LIST = import_module("hilander.ui.components.pair_list")  # its package gives the function that name
IMAGE_GRID = import_module("hilander.ui.components.image_grid")


@pytest.fixture
def drawn(monkeypatch) -> dict:
    """What the lists of pairs and the grids were given last, by key."""
    found = {}
    for module in (PAIR_LIST, IMAGE_GRID):
        monkeypatch.setattr(module, "_mount", lambda **words: found.update({words["key"]: words["data"]}))
    return found


def figures(pair: dict) -> list[str]:
    return [one["text"] for one in (pair["head"], *pair["rest"])]


def titles(pair: dict) -> list[str]:
    return [pair["left"]["title"], pair["right"]["title"]]


def test_members_come_in_two_orders_with_their_figures(app, run, drawn):
    opened(app, run=run, level=2, cluster=1)
    near = drawn["members"]["cards"]
    assert near[0]["tag"] == "peak"
    assert sorted(card["id"] for card in near) == [0, 1, 2, 5, 6]
    assert "Cosine similarity to the peak" in near[1]["hover"]
    app.query_params["members"] = "doubt"
    app.run()
    doubt = drawn["members"]["cards"]
    assert [card["id"] for card in doubt] == [5, 6, 2, 0, 1]
    assert [card["note"] for card in doubt] == ["link 0.60", "link 0.60", "link 0.80", "link 0.90", ""]


def test_why_says_it_in_one_sentence_and_shows_the_links_weakest_first(app, run, drawn):
    opened(app, run=run, level=2, cluster=1, part="why")
    assert "Held together by **4 links**; the weakest, **0.60**, joins the first pair" in said(app)
    assert "without it 2 images would split off" in said(app)
    pairs = drawn["why"]["pairs"]
    assert titles(pairs[0]) == ["tile_5.png", "tile_1.png"]
    assert figures(pairs[0]) == [
        "link 0.60", "cosine 0.40", "density 0.00 → 0.00", "level 2", "2 images hang on it",
    ]  # fmt: skip
    assert figures(pairs[3])[-1] == "1 image hangs on it"


def test_links_past_the_natural_level_are_told_apart(app, longer_run, drawn):
    opened(app, run=longer_run, level=2, cluster=1, part="why")
    assert "One of them was made past the natural level" in said(app)
    assert figures(drawn["why"]["pairs"][0])[3] == "level 2, to the larger"


def test_one_link_is_said_in_the_singular():
    assert held_by(links_of(forest(), np.array([3, 4]), 4)) == (
        "Held together by **one link of 0.70**; without it 1 image would split off."
    )


def test_nearest_clusters_stand_beside_this_one(app, run, drawn):
    opened(app, run=run, level=1, cluster=5, part="nearest")
    pairs = drawn["nearest"]["pairs"]
    assert len(pairs) == 3
    assert {pair["left"]["title"] for pair in pairs} == {"2 images"}
    assert not pairs[0]["left"]["clickable"]
    joined = {pair["right"]["hover"]: figures(pair)[-1] for pair in pairs}
    assert joined["Peak: tile_1.png"] == "joined at level 2"
    assert joined["Peak: tile_7.png"] == "never joined"


def test_made_of_shows_what_was_joined_and_by_which_link(app, run, drawn):
    opened(app, run=run, level=2, cluster=1, part="made")
    assert "2 clusters of level 1" in said(app)
    (pair,) = drawn["made-of"]["pairs"]
    assert titles(pair) == ["2 images", "3 images"]
    assert figures(pair) == ["link 0.60", "cosine 0.40"]
    assert "last level" in said(app)
    assert [card["title"] for card in drawn["core"]["cards"]] == ["3 images"]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("members", "1 image"),
        ("why", "no link holds it"),
        ("nearest", "Should these be one?"),
        ("made", "Nothing joined it at this level"),
        ("nonsense", "1 image"),
    ],
)
def test_a_cluster_of_one_in_every_part(app, run, part, told):
    opened(app, run=run, level=2, cluster=7, part=part)
    assert told in said(app)
    assert not app.error
    assert not app.exception


@pytest.mark.parametrize("part", ["members", "why", "nearest", "made"])
@pytest.mark.parametrize("cut", [{"links": 0.65}, {"mixed": "1.1"}])
def test_every_part_of_every_kind_of_cut(app, run, part, cut):
    opened(app, run=run, level=2, cluster=1, part=part, **cut)
    assert "Cluster of 3 images" in said(app)
    assert not app.error
    assert not app.exception


def test_a_cut_by_links_has_no_level_below(app, run):
    opened(app, run=run, level=2, cluster=1, part="made", links=0.65)
    assert "has no level above or below" in said(app)


def test_the_dialog_tells_why_an_image_is_in_its_cluster(app, run, drawn):
    app.session_state["image-asked"] = 6
    opened(app, run=run, level=2, cluster=1)
    assert "2 links lead to the peak; the weakest, 0.60, is number 2 of them" in said(app)
    assert [titles(pair) for pair in drawn["image-way"]["pairs"]] == [
        ["tile_6.png", "tile_5.png"], ["tile_5.png", "tile_1.png"],
    ]  # fmt: skip
    lineage = drawn["image-lineage"]["cards"]
    assert [(card["title"], card["note"]) for card in lineage] == [
        ("Level 0", "1 image"), ("Level 1", "2 images"), ("Level 2", "5 images"),
    ]  # fmt: skip
    assert lineage[2]["chosen"]


def test_the_dialog_of_a_peak_and_of_an_image_elsewhere(app, run):
    app.session_state["image-asked"] = 1
    opened(app, run=run, level=2, cluster=1)
    assert "It is the peak" in said(app)
    app.session_state["image-asked"] = 3
    app.run()
    button(app, "Open its cluster of 2 images").click().run()
    assert app.query_params["cluster"] == "4"


def test_a_dialog_whose_drawing_another_run_interrupts_is_drawn_by_that_one(app, run, monkeypatch):
    interrupted = []

    def interrupt(*_given):
        if not interrupted:
            interrupted.append(True)
            st.rerun()

    monkeypatch.setattr(image_dialog, "similar_strip", interrupt)
    app.session_state["image-asked"] = 1
    opened(app, run=run, level=2, cluster=1)
    assert interrupted
    assert "It is the peak" in said(app)
    app.run()
    assert "It is the peak" not in said(app)  # and closed by the next


def test_changes_of_a_level_least_sure_first(app, run, drawn):
    opened(app, run=run, level=1, view="changes")
    assert "**4 pairs** were joined to make these clusters, link probability 0.70 to 0.95." in said(app)
    pairs = drawn["changes-pairs"]["pairs"]
    assert [pair["head"]["text"] for pair in pairs] == ["link 0.70", "link 0.80", "link 0.90", "link 0.95"]
    assert titles(pairs[0]) == ["1 image", "1 image"]


def test_what_comes_next_is_surest_first(app, run, drawn):
    opened(app, run=run, level=1, view="changes", changes="next")
    assert "**1 pair** would be joined next, link probability 0.60." in said(app)
    assert titles(drawn["changes-pairs"]["pairs"][0]) == ["2 images", "3 images"]
    opened(app, level=0)
    heads = [pair["head"]["text"] for pair in drawn["changes-pairs"]["pairs"]]
    assert heads == ["link 0.95", "link 0.90", "link 0.80", "link 0.70"]


def test_changes_are_filtered_by_link_probability(app, run, drawn):
    opened(app, run=run, level=1, view="changes", prob="0.75-0.92")
    assert [pair["head"]["text"] for pair in drawn["changes-pairs"]["pairs"]] == ["link 0.80", "link 0.90"]
    assert "2 shown" in said(app)
    app.slider(key="changes-prob").set_value((0.0, 1.0)).run()
    assert "prob" not in app.query_params
    opened(app, prob="0.1")
    assert "prob should be two probabilities" in said(app).replace("\\", "")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"level": 0}, "every image is by itself"),
        ({"level": 2, "changes": "next"}, "as coarse as the run goes"),
        ({"level": 2, "links": 0.75}, "**3 links** hold here"),
        ({"level": 2, "links": 0.75, "changes": "next"}, "**2 pairs** would hold with a lower threshold"),
        ({"level": 2, "mixed": "1.1", "changes": "next"}, "**1 pair** would be joined next"),
        ({"level": 2, "mixed": "1.1"}, "**3 pairs** were joined"),
    ],
)
def test_changes_of_every_kind_of_cut(app, run, query, told):
    opened(app, run=run, view="changes", **query)
    assert told in said(app)
    assert not app.error


def test_where_the_linked_image_is_not_the_peak_it_is_named(app, workspace, store, dataset, drawn):
    h = forest()
    h.parent[5] = 2
    keep_run(
        "run3",
        replace(h, merge_level=np.array([1, 3, 2, 1, 3, 2, 1, 3], np.int16)),
        workspace,
        store,
        dataset,
    )
    opened(app, run="run3", level=2, links=0.7, view="changes", changes="next")
    assert figures(drawn["changes-pairs"]["pairs"][0])[-1] == "by tile_2.png"


def one_level() -> Hierarchy:
    h = forest()
    parent = np.where(h.merge_level == 1, h.parent, np.arange(N))
    level = np.where(h.merge_level == 1, 1, 2).astype(np.int16)
    return Hierarchy(parent, level, h.link_prob, h.link_sim, h.density[:N], h.levels[:1], 1)


def no_level() -> Hierarchy:
    nought = np.zeros(N, np.float32)
    return Hierarchy(np.arange(N), np.ones(N, np.int16), nought, nought, nought[:0], (), 0)


@pytest.mark.parametrize("made", [one_level, no_level])
@pytest.mark.parametrize(
    "query",
    [{"cluster": 1, "part": p} for p in ("members", "why", "nearest", "made")]
    + [{"view": "changes"}, {"view": "changes", "changes": "next"}],
)
def test_runs_of_one_level_and_of_none(app, workspace, store, dataset, made, query):
    keep_run("short", made(), workspace, store, dataset)
    opened(app, run="short", **query)
    assert not app.error
    assert not app.exception


def test_a_run_deleted_while_its_members_are_sorted_is_told(app, run, store):
    opened(app, run=run, level=2, cluster=1)
    store.remove_run(run)
    app.query_params["members"] = "doubt"
    app.run()
    assert "There is no run" in said(app)
    assert not app.exception


class Blank:
    """Thumbnails of a data set whose images are all missing."""

    def data_url(self, row: int, size: str = "small") -> str:
        return as_data_url(placeholder("small"))


def test_half_of_the_labels_and_no_thumbnails(app, run, workspace, dataset, drawn, monkeypatch):
    """Images with a label go by it, the others by their id; those without a picture have the placeholder."""
    labels = AlignedLabels(np.array([0, -1, 0, -1, 1, 1, 1, -1]), ["cat", "<b>dog"], None)
    half = replace(open_dataset(dataset, workspace), labels=labels, thumbs=Blank())
    monkeypatch.setattr("hilander.ui.opened.dataset", lambda dataset_id: half)
    opened(app, run=run, level=2, cluster=1, part="why")
    shown = {title for pair in drawn["why"]["pairs"] for title in titles(pair)}
    assert shown == {"cat", "tile_1.png", "<b>dog"}
    assert drawn["why"]["pairs"][0]["left"]["image"].startswith("data:image/webp")
    assert not app.error
    assert not app.exception


def test_texts_of_users_never_reach_the_page_as_html():
    sources = list(Path(PAIR_LIST.__file__).parent.glob("*.js"))
    assert sources
    for path in sources:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text()), (
            path.name
        )
