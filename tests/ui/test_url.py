"""What is written to the URL, and what the browser is told of it."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from hilander.ui import url


class Query(dict):
    """Query parameters that count what they tell the browser."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, values: dict[str, str]) -> None:
        self.arrives(values)
        self.told.append(dict(self))

    def arrives(self, values: dict[str, str]) -> None:
        """What a press carries."""
        self.clear()
        self.update(values)


@pytest.fixture
def query(monkeypatch):
    found = Query()
    monkeypatch.setattr(url, "st", SimpleNamespace(query_params=found, session_state={}))
    return found


def test_what_is_already_so_is_not_told_again(query):
    url.put(level=2, cluster=None)
    url.put(level=2, cluster=None)
    url.put(level=2)
    assert query.told == [{"level": "2"}]


def test_what_changes_together_is_told_at_once(query):
    url.put(level=2, page=3)
    url.put(level=3, page=None, cluster=17)
    assert query.told == [{"level": "2", "page": "3"}, {"level": "3", "cluster": "17"}]


@pytest.mark.parametrize("wanted", [{"level": 3}, {"cluster": None}, {"page": 4}, {}])
def test_an_older_query_string_that_comes_with_a_press_does_not_count(query, wanted):
    query.arrives({"dataset": "a"})
    url.seen()
    url.put(level=3, cluster=17)
    url.put(level=2)
    query.arrives(
        {"dataset": "a", "level": "3", "cluster": "17"}
    )  # pressed before the browser heard of level 2
    url.put(**wanted)
    told = {"dataset": "a", "level": 2, "cluster": 17} | wanted
    assert query == {name: str(value) for name, value in told.items() if value is not None}
    assert query.told[-1] == query


def test_an_older_one_that_says_by_chance_what_is_wanted_is_told_again(query):
    url.put(level=1)
    url.put(cluster=17)
    query.arrives({"level": "1"})
    url.put(cluster=None)
    assert query.told == [{"level": "1"}, {"level": "1", "cluster": "17"}, {"level": "1"}]


def test_going_back_in_the_browser_counts_and_tells_it_nothing(query):
    url.put(level=2)
    url.put(level=3)
    query.arrives({"level": "2"})
    url.seen()
    url.put(level=2)
    assert len(query.told) == 2
    url.put(page=2)
    assert query == {"level": "2", "page": "2"}


def test_a_press_that_sets_nothing_keeps_the_view_too(query):
    pressed: list[str] = []
    url.put(level=2)
    query.arrives({})
    url.held(pressed.append, "a")()
    assert pressed == ["a"]
    assert query == {"level": "2"}


def test_a_change_of_a_widget_is_written_once_and_what_is_no_change_is_not(query):
    written: list[int] = []
    changed = url.bind("level", 2, written.append)
    changed()  # as Streamlit does when it has forgotten the widget
    assert written == []
    for now in (3, 3, 2):  # to 3 and back before the page is drawn
        url.st.session_state["level"] = now
        changed()
    assert written == [3, 2]


@pytest.mark.parametrize(("seconds", "expected"), [(0.5, []), (1.5, ["level"])])
def test_an_old_value_that_comes_late_is_not_written(query, monkeypatch, seconds, expected):
    """By a press elsewhere the cut became a mixed one, which the widget shows as nothing chosen."""
    written: list[str] = []
    clock = [0.0]
    monkeypatch.setattr(url, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    url.bind("cut-by", "level", written.append)
    clock[0] = 60
    changed = url.bind("cut-by", None, written.append)
    clock[0] += seconds
    url.st.session_state["cut-by"] = "level"
    changed()
    assert written == expected


def drawn_again() -> None:
    """What a fragment does that wants the whole page drawn."""
    with suppress(KeyboardInterrupt):
        url.again()


@pytest.fixture
def asked_again(query, monkeypatch):
    """A fragment has set level 3 and asked for the whole page."""
    monkeypatch.setattr(url.st, "rerun", Mock(side_effect=KeyboardInterrupt), raising=False)
    query.arrives({"dataset": "a"})
    url.seen()
    url.put(level=3)
    drawn_again()
    return query


def test_a_page_that_is_drawn_again_shows_what_the_browser_was_told(asked_again):
    """Not the query string of what the browser asked for at that moment, of which Streamlit makes one drawing."""
    asked_again.arrives({"dataset": "a"})
    url.seen()
    assert asked_again == {"dataset": "a", "level": "3"}
    asked_again.arrives({"dataset": "b"})  # a link, later
    url.seen()
    assert asked_again == {"dataset": "b"}


def test_a_press_that_comes_into_a_drawing_that_was_asked_for_counts(asked_again):
    asked_again.arrives({"dataset": "a"})
    url.put(level=4)  # its callback, before the page
    url.seen()
    assert asked_again == {"dataset": "a", "level": "4"}


def test_a_drawing_that_was_asked_for_and_never_came_is_forgotten(asked_again, monkeypatch):
    monkeypatch.setattr(url, "SOON", 0.0)
    asked_again.arrives({"dataset": "b"})
    url.seen()
    assert asked_again == {"dataset": "b"}
