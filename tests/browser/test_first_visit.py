"""A server that nobody has visited: the demo is made by itself, and a link straight to a page works."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import PATIENCE, WIDE, Server, started
from tests.conftest import chosen_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def untouched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with chosen_database(request), started(tmp_path_factory.mktemp("untouched-home")) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, untouched: Server) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, base_url=untouched.url)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_the_first_visit_ends_in_the_explorer_whichever_page_it_begins_with(visitor: Page):
    visitor.goto("/data")
    expect(visitor.get_by_role("heading", name="Add a data set")).to_be_visible()
    expect(visitor.get_by_test_id("stSidebarNav")).to_have_count(0)
    entry = visitor.locator(".st-key-dataset-demo-shapes")
    entry.get_by_role("button", name="Explore").click(timeout=steps.SLOW)
    expect(steps.cards(visitor).first).to_be_visible()

    visitor.goto("/")
    dataset = visitor.get_by_role("combobox", name="Data set")
    expect(dataset).to_have_value(re.compile("Little creatures"))
    expect(visitor.locator("tr .natural")).to_have_count(1)
    expect(visitor.locator("tr.divider + tr.coarser")).to_have_count(1)
    steps.no_failure(visitor)
    visitor.get_by_role("link", name="Data").click()
    expect(visitor.get_by_role("heading", name="Add a data set")).to_be_visible()


def test_nothing_is_fetched_from_anywhere_else(visitor: Page, untouched: Server):
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/data", "/cluster", "/train"):
        visitor.goto(path)
        expect(visitor.get_by_role("heading", level=1)).to_be_visible()
        steps.settled(visitor)
    strangers = [url for url in asked if not url.startswith((untouched.url, "data:", "blob:"))]
    assert strangers == []
