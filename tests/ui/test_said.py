"""Names, marks and notes of clusters: where they are shown, and two visitors who write at once.

Level 1 of the run: {0 1 2} with peak 1, {3 4}, {5 6}, {7}. At level 2 {0 1 2 5 6} has peak 1.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hilander.services import said as said_of
from hilander.services.journal import MARK, NAME, NOTE
from hilander.services.said import item_of, say
from hilander.ui import gallery_panel
from tests.ui.conftest import ROOT, button, opened, said

CLUSTER = item_of(np.array([0, 1, 2]), 1)


def visitor(run: str, **query: object) -> AppTest:
    return opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), run=run, **query)


def named(app: AppTest, name: str) -> AppTest:
    return app.text_input(key=f"said-name-{CLUSTER}").set_value(name).run()


@pytest.fixture
def cards(monkeypatch):
    """The cards of the gallery that was drawn last."""
    found = []
    monkeypatch.setattr(gallery_panel, "image_grid", lambda cards, **_: found.__setitem__(slice(None), cards))
    return found


def test_a_name_a_mark_and_a_note_are_kept_and_shown(run, store, cards):
    app = visitor(run, level=1, cluster=1)
    named(app, " <b>Cats</b> ")
    button(app, "Accept").click().run()
    app.text_area(key=f"said-note-{CLUSTER}").set_value("all *striped*").run()
    assert not app.exception
    assert "<b>Cats</b> · 3 images" in said(app).replace("\\", "")
    assert "all *striped*" in said(app).replace("\\", "")
    assert button(app, "Accepted")
    found = said_of.of(store, run).said(CLUSTER)
    assert (found.name, found.mark, found.note) == ("<b>Cats</b>", "accepted", "all *striped*")
    assert [(one.who, one.kind) for one in store.entries(run)] == [("local", k) for k in (NOTE, MARK, NAME)]
    visitor(run, level=1)
    card = next(it for it in cards if it.id == 1)
    assert (card.title, card.tag, card.tone) == ("<b>Cats</b>", "accepted", "good")
    assert card.note.startswith("3 images · #0")
    assert [it.tag for it in cards if it.id != 1] == [""] * 3


def test_pressing_a_mark_again_takes_it_away(run, store):
    app = visitor(run, level=1, cluster=1)
    button(app, "Reject").click().run()
    assert said_of.of(store, run).said(CLUSTER).mark == "rejected"
    button(app, "Rejected").click().run()
    assert said_of.of(store, run).said(CLUSTER).mark == ""


def test_a_name_that_cannot_be_kept_is_told_once(run, store):
    app = named(visitor(run, level=1, cluster=1), "a\u202eb")
    assert "A cluster's name has 1 to 80 characters" in said(app)
    assert store.n_entries(run) == 0
    assert "1 to 80 characters" not in said(app.run())


def test_a_name_of_another_set_of_images_with_the_same_peak_is_told_as_such(run, store):
    say(store, run, NAME, CLUSTER, "Cats", seen=0, who="you")
    app = visitor(run, level=2, cluster=1)
    assert "Cluster of 5 images" in said(app)
    assert "Another set of images with this peak, 3 images, has" in said(app)
    button(app, "Open it at level 1").click().run()
    assert (app.query_params["level"], app.query_params["cluster"]) == ("1", "1")
    assert "Cats · 3 images" in said(app)
    assert "Another set" not in said(app)


def test_two_visitors_who_name_a_cluster_at_once_lose_nothing(run, store):
    first, second = (visitor(run, level=1, cluster=1) for _ in range(2))
    named(first, "Cats")
    named(second, "Tigers")
    assert "changed this meanwhile, and yours is not written" in said(second)
    assert "Cats" in said(second)
    assert "Tigers" in said(second)
    assert said_of.of(store, run).said(CLUSTER).name == "Cats"
    button(second, "Write mine").click().run()
    assert said_of.of(store, run).said(CLUSTER).name == "Tigers"
    named(first, "Lions")  # the first has not seen the tigers
    assert "yours is not written" in said(first)
    button(first, "Keep theirs").click().run()
    assert first.text_input(key=f"said-name-{CLUSTER}").value == "Tigers"
    assert "yours is not written" not in said(first)
    assert [one.after for one in store.entries(run)] == ["Tigers", "Cats"]


def test_a_conflict_about_a_conflict_is_told_again(run, store):
    first, second = (visitor(run, level=1, cluster=1) for _ in range(2))
    named(first, "Cats")
    named(second, "Tigers")
    say(store, run, NAME, CLUSTER, "Bears", seen=1, who="you")
    button(second, "Write mine").click().run()
    assert "Bears" in said(second)
    assert said_of.of(store, run).said(CLUSTER).name == "Bears"
    button(second, "Write mine").click().run()
    assert said_of.of(store, run).said(CLUSTER).name == "Tigers"


def test_ones_last_change_is_undone_from_the_panel(run, store):
    app = visitor(run, level=1, cluster=1)
    named(app, "Cats")
    named(app, "Tigers")
    say(store, run, MARK, CLUSTER, "rejected", seen=0, who="you")
    app.button(key="undo-own").click().run()
    found = said_of.of(store, run).said(CLUSTER)
    assert (found.name, found.mark) == ("Cats", "rejected")


def test_the_history_says_who_changed_what_and_takes_it_back(run, store, monkeypatch):
    say(store, run, NAME, CLUSTER, "Cats", seen=0, who="you")
    say(store, run, NAME, CLUSTER, "Tigers", seen=1, who="me")
    app = visitor(run, view="history")
    text = said(app).replace("\\", "")
    assert "2 changes" in text
    assert "Name of the cluster of “\u2068tile_1.png\u2069”, 3 images" in text
    assert "“\u2068Cats\u2069” → **“\u2068Tigers\u2069”**" in text
    assert "**you**" in text
    newest = store.entries(run)[0].id
    app.button(key=f"undo-{newest}").click().run()
    assert said_of.of(store, run).said(CLUSTER).name == "Cats"
    assert app.button(key=f"undo-{newest}").disabled
    assert f"takes number {newest} back" in said(app)


def test_undoing_what_somebody_changed_since_the_page_was_drawn_asks_first(run, store):
    say(store, run, NAME, CLUSTER, "Cats", seen=0, who="you")
    app = visitor(run, view="history")
    say(store, run, NAME, CLUSTER, "Tigers", seen=1, who="you")
    app.button(key=f"undo-{store.entries(run)[-1].id}").click().run()
    assert "yours is not written" in said(app)
    assert said_of.of(store, run).said(CLUSTER).name == "Tigers"
    button(app, "Write mine").click().run()
    assert said_of.of(store, run).said(CLUSTER).name == ""


def test_a_long_history_comes_in_pages_and_leaves_as_a_file(run, store, monkeypatch):
    given = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, file_name, **_: given.__setitem__(file_name, data)
    )
    for i in range(15):
        say(store, run, NOTE, CLUSTER, f"note {i}", seen=i, who="me")
    app = visitor(run, view="history")
    assert "15 changes" in said(app)
    assert ("note 14" in said(app), "note 0" in said(app)) == (True, False)
    assert "note 0" in said(visitor(run, view="history", page=2))
    rows = json.loads(given[f"history-{run}.json"]())
    assert [row["after"] for row in rows] == [f"note {i}" for i in range(15)]
    assert given[f"history-{run}.csv"]().decode().count('""note 14""') == 1


def test_a_run_without_a_history_says_what_would_be_in_it(run):
    assert "Nothing is written down about this run yet" in said(visitor(run, view="history"))
