"""The map of a cut: which points, their colours, the bright cluster, the selection and what becomes of it."""

from __future__ import annotations

import base64
from importlib import import_module

import numpy as np
import pytest

from hilander.services import image_layout, image_map, selection
from hilander.services.store import open_store
from hilander.ui.components import palette
from hilander.views.map_colours import EXCLUDED, FADED, STEPS, UNKNOWN
from hilander.views.plane import LAST, polygon_text
from tests.services.claims import claim_queued
from tests.ui.conftest import N, button, opened, said

POINT_MAP = import_module("hilander.ui.components.point_map")  # its package gives the function that name
EVERYTHING = [0, 0, LAST, 0, LAST, LAST, 0, LAST]


@pytest.fixture
def drawn(monkeypatch):
    """What the map was given last."""
    data = {}

    def mount(**words):
        data.clear()
        data.update(words["data"])

    monkeypatch.setattr(POINT_MAP, "_mount", mount)
    return data


@pytest.fixture
def images(run, workspace, monkeypatch):
    """The map of all images, laid out; the run."""
    monkeypatch.setattr(image_layout, "lay_out", lambda near, far, start, progress: start)
    image_map.request(run)
    (job,) = claim_queued(open_store(workspace))
    image_layout.compute(workspace, job.settings)
    return run


def codes(drawn) -> np.ndarray:
    return np.frombuffer(base64.b64decode(drawn["codes"]), np.uint8)


def test_the_map_of_peaks_has_a_point_for_each_cluster(app, run, drawn):
    opened(app, view="map", level=2)
    assert len(codes(drawn)) == 3
    assert drawn["legend"] == "PCA of 3 peaks"
    assert drawn["selectable"] is True
    assert sorted(drawn["tips"]) == ["0", "1", "2"]  # few: they come with the places
    assert drawn["tips"]["0"][1:] == ["tile_1.png", "", "cluster of 5 images"]


def test_a_map_that_is_not_laid_out_yet_says_so_and_the_page_goes_on(app, run, drawn):
    opened(app, view="map", points="images")
    assert "Laying out 8 images with UMAP" in said(app)
    assert drawn == {}
    assert not app.exception


def test_all_images_lie_on_one_map_at_every_level(app, images, drawn):
    opened(app, view="map", points="images", level=1)
    shows = drawn["shows"]
    assert len(codes(drawn)) == N
    app.slider(key="level-slider").set_value(2).run()
    assert drawn["shows"] == shows


def test_the_switches_stand_in_the_link(app, images, drawn):
    opened(app, view="map")
    app.segmented_control(key="map-points").set_value("images").run()
    app.segmented_control(key="map-colour").set_value("doubt").run()
    assert app.query_params["points"] == "images"
    assert app.query_params["colour"] == "doubt"
    assert drawn["scale"] == {"name": "Doubt", "low": "0.05", "high": "0.39"}
    assert (codes(drawn) == UNKNOWN).tolist() == [False, True, False, False, True, False, False, True]
    app.segmented_control(key="map-colour").set_value("density").run()
    assert drawn["scale"]["name"] == "Density"


def test_a_colour_that_this_data_set_lacks_is_not_offered(app, run, drawn):
    opened(app, view="map", colour="label")
    assert app.segmented_control(key="map-colour").options == ["Cluster", "Density", "Doubt"]
    assert app.segmented_control(key="map-colour").value == "cluster"


@pytest.mark.parametrize(
    ("query", "bright"),
    [({"bright": 3}, [3, 4]), ({"branch": "6.1"}, [5, 6]), ({"bright": 0}, [0, 1, 2, 5, 6])],
)
def test_the_bright_cluster_keeps_its_colour(app, images, drawn, query, bright):
    opened(app, view="map", points="images", level=2, **query)
    assert np.flatnonzero(codes(drawn) & FADED == 0).tolist() == bright
    assert f"Bright: cluster of {len(bright)} images" in said(app)
    button(app, "All colours").click().run()
    assert not (codes(drawn) & FADED).any()
    assert "Bright" not in said(app)


@pytest.mark.parametrize(
    "query", [{"bright": 99}, {"bright": "x"}, {"branch": "1.9"}, {"branch": "1"}, {"branch": "1.1_2.1"}]
)
def test_a_link_to_what_is_not_there_says_so(app, images, drawn, query):
    opened(app, view="map", points="images", **query)
    assert len(app.error) == 1
    assert not app.exception


def lassoed(app, drawn, flat=EVERYTHING):
    module = import_module("hilander.ui.map_view")
    app.query_params["lasso"] = f"{module._mark(drawn['shows'])}.{polygon_text(flat)}"
    return app.run()


def test_what_is_drawn_around_is_listed_excluded_and_included_again(app, images, drawn):
    opened(app, view="map", points="images", level=2)
    assert "press **Lasso**" in said(app)
    lassoed(app, drawn)
    assert f"{N} images selected" in said(app)
    assert drawn["lasso"] == EVERYTHING
    button(app, "Exclude").click().run()
    assert f"{N} images selected, {N} of them excluded" in said(app)
    assert selection.excluded(images).tolist() == list(range(N))
    assert (codes(drawn) & EXCLUDED).all()
    button(app, "Undo the last step").click().run()
    assert selection.excluded(images).tolist() == []
    button(app, "Clear").click().run()
    assert "lasso" not in app.query_params
    assert "selected" not in said(app)


def test_selected_peaks_can_stand_for_their_whole_clusters(app, run, drawn):
    opened(app, view="map", level=2)
    lassoed(app, drawn)
    assert "3 peaks selected" in said(app)
    app.toggle(key="selected-whole").set_value(True).run()
    assert f"{N} images selected" in said(app)


def test_an_outline_of_another_map_selects_nothing(app, images, drawn):
    opened(app, view="map", points="images", lasso=f"0badcafe.{polygon_text(EVERYTHING)}")
    assert "press **Lasso**" in said(app)
    assert drawn["lasso"] is None


def test_an_empty_outline_says_so(app, images, drawn):
    opened(app, view="map", points="images")
    lassoed(app, drawn, [0, 0, 1, 0, 1, 1])
    assert "No point lies inside" in said(app)


def test_images_that_are_looked_at_come_without_the_places(app, images, drawn):
    opened(app, view="map", points="images", level=2)
    app.session_state["map-asked"] = {"stamp": drawn["stamp"], "points": [3, 99, "x", 5]}
    app.run()
    assert set(drawn) == {"stamp", "tips"}
    assert drawn["tips"]["3"][1:] == ["tile_3.png", "", "cluster of 2 images"]
    assert sorted(drawn["tips"]) == ["3", "5"]
    app.session_state["map-asked"] = {"stamp": "old", "points": [3]}
    app.run()
    assert "x" in drawn  # the browser has other places: all of it again


def test_an_open_cluster_has_the_nearest_peaks_around_it(app, run, drawn):
    opened(app, level=2, cluster=4)
    assert "Laying out 2 images" in said(app) or len(drawn["ghosts"]) == 2
    button(app, "Show on the map of all").click().run()
    assert app.query_params["bright"] == "4"
    assert app.query_params["view"] == "map"
    assert "cluster" not in app.query_params


def luminance(colour: str) -> float:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("theme", "page"), [("light", "#ffffff"), ("dark", "#101514")])
def test_hues_stand_out_from_the_page_and_from_each_other(theme, page):
    hues = palette.HUES[theme]
    for hue in hues:
        low, high = sorted([luminance(hue), luminance(page)])
        assert (high + 0.05) / (low + 0.05) >= 3, hue
    rgb = np.array([[int(hue[at : at + 2], 16) for at in (1, 3, 5)] for hue in hues], float)
    apart = np.linalg.norm(rgb[:, None] - rgb[None], axis=2)[np.triu_indices(len(hues), 1)]
    assert apart.min() > 40
    assert len(palette.BLUE[theme]) == len(palette.ORANGE[theme]) == STEPS
