"""Two cuts side by side on the page: what is drawn, what the URL says, what a click opens."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.ui.conftest import opened, said

ROWS = import_module("hilander.ui.components.beside_rows")


@pytest.fixture
def drawn(monkeypatch):
    data = {}
    monkeypatch.setattr(ROWS, "_mount", lambda **words: data.update(words["data"]))
    return data


def ids(rows):
    return [([card["id"] for card in row["pieces"]], row["whole"]["id"]) for row in rows]


def test_the_next_level_stands_beside_and_the_finer_one_left(app, run, drawn):
    opened(app, run=run, level=1, view="compare")
    assert drawn["heads"] == ["Level 1 (shown) · 4 clusters", "Level 2 · 3 clusters"]
    assert ids(drawn["rows"]) == [([1, 5], 1), ([4], 4), ([7], 7)]
    assert "1 of the 3 clusters on the right are made of several on the left" in said(app)


def test_at_the_last_level_the_one_below_stands_beside(app, run, drawn):
    opened(app, run=run, level=2, view="compare")
    assert drawn["heads"] == ["Level 1 · 4 clusters", "Level 2 (shown) · 3 clusters"]


def test_the_other_level_is_in_the_link(app, run, drawn):
    opened(app, run=run, level=2, view="compare", beside=0)
    assert drawn["heads"][0] == "Level 0 · 8 clusters"
    app.selectbox(key="beside").set_value(1).run()
    assert app.query_params["beside"] == "1"
    app.segmented_control(key="beside-by").set_value("largest").run()
    assert app.query_params["beside-by"] == "largest"


def test_a_cut_by_links_beside_a_level(app, run, drawn):
    opened(app, run=run, level=1, view="compare", links="0.85", beside=1)
    assert drawn["heads"] == ["Links of 0.85 or more (shown) · 6 clusters", "Level 1 · 4 clusters"]


@pytest.mark.parametrize("beside", ["99", "0"])
def test_a_level_past_the_end_is_the_last(app, run, drawn, beside):
    opened(app, run=run, level=1, view="compare", beside=beside)
    assert drawn["rows"]
    assert not app.error


def test_nonsense_beside_is_told_in_words(app, run):
    opened(app, run=run, level=1, view="compare", beside="up")
    assert "beside should be a level from 0 to 2" in said(app).replace("\\", "")
    assert "Level 1 of 2" in said(app)
