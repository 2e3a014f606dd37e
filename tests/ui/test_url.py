"""What is written to the URL, and what the browser is told of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hilander.ui import url


class Query(dict):
    """Query parameters that count what they tell the browser."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name, value)
        self.told.append(dict(self))

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self.told.append(dict(self))

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
    url.complete(level=2)
    assert query.told == [{"level": "2"}]


def test_an_old_link_that_says_what_is_wanted_by_chance_is_told_again(query):
    url.put(level=3)
    url.put(level=2)
    query.arrives({"level": "3"})  # pressed before the browser heard of 2
    url.put(level=3)
    assert query.told[-1] == {"level": "3"}
    assert len(query.told) == 3


def test_the_same_for_a_parameter_that_goes(query):
    url.put(level=1)
    url.put(cluster=17)
    query.arrives({"level": "1"})
    url.put(cluster=None)
    assert query.told[-1] == {"level": "1"}
    assert len(query.told) == 3


def test_going_back_in_the_browser_tells_it_nothing(query):
    url.put(level=2)
    url.put(level=3)
    query.arrives({"level": "2"})
    url.complete(level=2)
    assert len(query.told) == 2
