"""Sorting, filtering and searching: what the URL says is shown, what is pressed stands in the URL."""

from __future__ import annotations

import csv
import io
from importlib import import_module

import numpy as np
import pytest

from hilander.services.datasets import import_dataset, inspect_upload
from tests.ui.conftest import button, forest, keep_run, opened, said

GRID = import_module("hilander.ui.components.image_grid")  # its package gives the function that name
MEAN = ['"><img src=x onerror=alert(1)>', "\u202egnp.drawkcab", "*bold* `code` $x$", "x" * 300]
LABELS = ["cat", "cat", "dog", "dog", "dog", "", "<b>dog</b>", ""]


@pytest.fixture
def grids(monkeypatch):
    """What each grid was given last, by its key."""
    seen = {}
    monkeypatch.setattr(GRID, "_mount", lambda **words: seen.update({words["key"]: words}))
    return seen


@pytest.fixture
def labelled(workspace, store, tmp_path):
    """The run of tests/ui/conftest on images with odd names and labels."""
    names = [f"tile_{i}" for i in range(4)] + MEAN
    np.savez(tmp_path / "odd.npz", embeddings=np.eye(8, 4) + 0.1, ids=np.array(names))
    with (tmp_path / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "label"), *zip(names, LABELS, strict=True)])
    report = inspect_upload(tmp_path / "odd.npz", None, tmp_path / "odd.csv")
    dataset = import_dataset(workspace, store, report, "Odd")
    return keep_run("odd1", forest(), workspace, store, dataset)


def peaks(grids) -> list[int]:
    return [card["id"] for card in grids["gallery"]["data"]["cards"]]


def texts(app) -> list[str]:
    return [it.label for it in app.button]


def test_cards_say_how_sure_and_how_pure_a_cluster_is(app, labelled, grids):
    opened(app, run=labelled, level=1)
    cards = grids["gallery"]["data"]["cards"]
    figures = [[fact["text"] for fact in card["facts"]] for card in cards]
    assert figures == [
        ["weakest 0.80", "67% cat"],
        ["weakest 0.70", "100% dog"],
        ["weakest 0.95", "<b>dog</b>"],
        [],
    ]
    meaning = cards[0]["facts"][1]["meaning"]
    assert meaning == "Purity 0.67: 2 of 3 labelled images are cat; 2 labels in all."


def test_without_labels_cards_and_filters_do_not_speak_of_them(app, run, grids):
    opened(app, run=run, level=1)
    assert [len(card["facts"]) for card in grids["gallery"]["data"]["cards"]] == [1, 1, 1, 0]
    assert "most-mixed" not in app.selectbox(key="gallery-sort").options
    assert "Mixes labels" not in app.button_group(key="filter-only").options


@pytest.mark.parametrize(
    ("query", "found", "title"),
    [
        ({"sort": "least-sure"}, [4, 1, 5, 7], "4 clusters, least sure first"),
        ({"sort": "smallest", "only": "many"}, [4, 5, 1], "3 of 4 clusters, smallest first"),
        ({"size": "2-2"}, [4, 5], "2 of 4 clusters, largest first"),
        ({"size": "3-"}, [1], "1 of 4 clusters"),
        ({"sure": "0-0.75"}, [4], "1 of 4 clusters"),
        ({"only": "mixed"}, [1], "1 of 4 clusters"),
        ({"text": "TILE"}, [1, 4], "2 of 4 clusters, largest first"),
        ({"text": "dog"}, [1, 4, 5], "3 of 4 clusters, largest first"),
        ({"label": "dog"}, [1, 4], "2 of 4 clusters, largest first"),
        ({"branch": "1.2"}, [1, 5], "2 of 4 clusters, largest first"),
    ],
)
def test_the_link_sorts_and_filters(app, labelled, grids, query, found, title):
    opened(app, run=labelled, level=1, **query)
    assert peaks(grids) == found
    assert title in said(app)


def test_sorting_and_filtering_stand_in_the_link(app, labelled, grids):
    opened(app, run=labelled, level=1, page=1)
    app.selectbox(key="gallery-sort").set_value("most-sure").run()
    assert app.query_params["sort"] == "most-sure"
    app.number_input(key="filter-least").set_value(2).run()
    app.button_group(key="filter-only").set_value(["changed"]).run()
    app.slider(key="filter-sure").set_value((0.5, 0.9)).run()
    app.text_input(key="filter-text").set_value(" tile ").run()
    named = {name: app.query_params[name] for name in ("size", "only", "sure", "text")}
    assert named == {"size": "2-", "only": "changed", "sure": "0.5-0.9", "text": "tile"}
    assert peaks(grids) == [1, 4]
    assert "Size from 2" in texts(app)
    button(app, "Clear filters").click().run()
    assert set(app.query_params) == {"dataset", "run", "level", "sort"}
    assert peaks(grids) == [5, 1, 4, 7]


def test_the_upper_end_of_the_size_moves_the_lower_one_along(app, run):
    opened(app, run=run, level=1, size="2-3")
    app.number_input(key="filter-most").set_value(1).run()
    assert app.query_params["size"] == "-1"
    app.number_input(key="filter-least").set_value(3).run()
    assert app.query_params["size"] == "3-3"


def test_a_chip_leaves_its_filter_out(app, run, grids):
    opened(app, run=run, level=1, size="2-", only="changed_many")
    app.button(key="drop-size").click().run()
    app.button(key="drop-many").click().run()
    assert "size" not in app.query_params
    assert app.query_params["only"] == "changed"
    assert peaks(grids) == [1, 4, 5]


def test_an_empty_gallery_says_which_filter_to_loosen(app, run, grids):
    opened(app, run=run, level=1, size="3-", sure="0-0.75")
    assert "0 of 4 clusters" in said(app)
    assert "No cluster fits all of these filters" in said(app)
    button(app, "Size: 1 cluster without it").click().run()
    assert peaks(grids) == [4]
    opened(app, run=run, level=0, size="2-", only="changed")
    assert "Leaving out one of them does not help" in said(app)
    app.button(key="clear-nothing").click().run()
    assert "8 clusters, largest first" in said(app)


@pytest.mark.parametrize(
    "query",
    [
        {"size": "many"},
        {"size": "5-2"},
        {"sure": "0.9-0.1"},
        {"sure": "0-9"},
        {"only": "nothing"},
        {"branch": "1"},
        {"branch": "99.1"},
        {"branch": "1.9"},
        {"sort": "<b>"},
    ],
)
def test_a_filter_that_cannot_be_read_is_left_out_and_said(app, run, grids, query):
    opened(app, run=run, level=1, **query)
    (name,) = query
    assert f"The link's {name} should" in said(app).replace("\\", "")
    assert peaks(grids) == [1, 4, 5, 7]
    assert not app.exception


def test_a_change_of_level_keeps_the_filters(app, run):
    opened(app, run=run, level=1, size="2-")
    app.slider(key="level-slider").set_value(2).run()
    assert "2 of 3 clusters, largest first" in said(app)


def test_an_id_is_found_and_leads_to_its_cluster(app, labelled, grids):
    opened(app, run=labelled, level=1)
    app.text_input(key="search").set_value(" TILE_2 ").run()
    assert app.query_params["search"] == "TILE_2"
    (card,) = grids["search-images"]["data"]["cards"]
    assert (card["title"], card["note"]) == ("tile_2", "#0 · 3 images")
    app.button(key="search-filter").click().run()
    assert app.query_params["text"] == "TILE_2"
    assert peaks(grids) == [1]
    app.button(key="search-close").click().run()
    assert "search" not in app.query_params


def test_a_label_leads_to_its_clusters(app, labelled, grids):
    opened(app, run=labelled, level=1, search="dog", view="map")
    assert "\u2068dog\u2069” · 2 labels" in said(app)
    found = next(it for it in app.button if "3 images in 2 clusters" in it.label)
    found.click().run()
    assert app.query_params["label"] == "dog"
    assert "view" not in app.query_params
    assert peaks(grids) == [1, 4]
    next(it for it in app.button if "1 image in 1 cluster" in it.label).click().run()
    assert app.query_params["cluster"] == "5"


def test_nothing_found(app, run):
    opened(app, run=run, search="<script>")
    assert "No id has “\u2068\\<script\\>\u2069” in it." in said(app)


@pytest.mark.parametrize("name", MEAN)
def test_odd_names_are_shown_letter_by_letter(app, labelled, grids, name):
    opened(app, run=labelled, level=1, search=name[:200], text=name[:200], label="<b>dog</b>")
    assert grids["search-images"]["data"]["cards"][0]["title"] == name
    assert not any("<" in it.label.replace("\\<", "") for it in app.button)
    assert not app.exception


def bring(app, dim: int = 4, text: str = "", file: np.ndarray | None = None) -> None:
    app.text_area(key="embedding-text").set_value(text)
    if file is not None:
        data = io.BytesIO()
        np.save(data, file)
        app.file_uploader(key="embedding-file").set_value(
            ("own.npy", data.getvalue(), "application/octet-stream")
        )
    button(app, "Find nearest images").click().run()


def test_a_pasted_embedding_finds_its_nearest_images(app, run, grids):
    opened(app, run=run, level=1)
    bring(app, text="1 0 0 0")
    cards = grids["embedding-images-1"]["data"]["cards"]
    assert len(cards) == 8
    assert "Nearest to the embedding" in said(app)
    assert "all 8 compared" in said(app)
    cosines = [float(card["facts"][0]["text"].split()[1]) for card in cards]
    assert cosines == sorted(cosines, reverse=True)
    app.button(key="embedding-close").click().run()
    assert "Nearest to" not in said(app)


def test_a_file_of_embeddings_finds_images_for_each(app, labelled, grids):
    opened(app, run=labelled, level=1)
    bring(app, file=np.eye(4)[:2] + 0.1)
    assert "Nearest to 2 embeddings" in said(app)
    found = [grids[f"embedding-images-{i}"]["data"]["cards"][0] for i in (1, 2)]
    assert [(card["id"], card["facts"][0]["text"]) for card in found] == [
        (0, "cosine 1.00"),
        (1, "cosine 1.00"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "got none"), ("1 2", "of 4 numbers; got 2"), ("0 0 0 0", "nothing but zeros"), ("a b", "got 'a'")],
)
def test_an_embedding_that_is_none_is_said_to_be(app, run, text, told):
    opened(app, run=run, level=1)
    bring(app, text=text)
    assert told in said(app).replace("\\", "")
    assert "Nearest to" not in said(app)


def test_the_dialog_of_an_image_shows_the_most_similar_ones(app, run, grids):
    opened(app, run=run, level=2, cluster=1)
    app.session_state["image-asked"] = 3
    app.run()
    cards = grids["image-similar"]["data"]["cards"]
    assert len(cards) == 7
    assert 3 not in [card["id"] for card in cards]


def test_the_keys_are_listed(app, run):
    opened(app, run=run)
    app.button(key="show-keys").click().run()
    assert "one level coarser, one finer" in said(app)
