"""The view is in the URL: a copied link opens it elsewhere, and a link that leads nowhere says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser import steps
from tests.browser.conftest import PATIENCE, WIDE, Server


@pytest.fixture
def explorer(page: Page) -> Page:
    """The explorer, on the demo set."""
    page.goto("/?dataset=demo-shapes")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    return page


@pytest.fixture(scope="module")
def visitor(browser: Browser, server: Server) -> Iterator[Page]:
    """One for all tests that begin with a link of their own."""
    context = browser.new_context(viewport=WIDE, base_url=server.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/?dataset=demo-shapes")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    yield page
    context.close()


def test_a_copied_link_opens_the_same_cluster_in_a_fresh_browser(
    explorer: Page, browser: Browser, server: Server
):
    explorer.locator("tr[data-level='1']").click()
    steps.expect_level(explorer, 1)
    explorer.get_by_role("button", name="Page 2").click()
    expect(explorer).to_have_url(re.compile("page=2"))
    steps.cards(explorer).nth(2).click()
    title = explorer.get_by_role("heading", name=re.compile("^Cluster of"))
    peak = explorer.locator(".grid.tiles .card.chosen")
    expect(peak).to_be_visible()
    seen = (explorer.url, title.inner_text(), peak.get_attribute("data-id"))

    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(PATIENCE)
    other = context.new_page()
    other.goto(seen[0])
    steps.expect_level(other, 1)
    expect(other.get_by_role("heading", name=seen[1], exact=True)).to_be_visible()
    expect(other.locator(".grid.tiles .card.chosen")).to_have_attribute("data-id", seen[2] or "")
    other.get_by_role("button", name=re.compile("All clusters")).click()
    expect(other).to_have_url(re.compile("page=2"))
    context.close()


def test_stepping_with_a_cluster_open_follows_it_up_and_down(explorer: Page):
    explorer.goto("/?dataset=demo-shapes&level=1")
    steps.cards(explorer).first.click()
    inside = explorer.get_by_role("heading", name=re.compile("^Cluster of"))
    small = int(re.sub(r"\D", "", inside.inner_text()))
    steps.settled(explorer)
    explorer.keyboard.press("ArrowRight")
    steps.expect_level(explorer, 2)
    expect(inside).to_be_visible()
    assert int(re.sub(r"\D", "", inside.inner_text())) >= small
    steps.switch_to(explorer, "Made of")
    explorer.locator(".grid.row[aria-label='Cluster of level 1'] button.card").click()
    steps.expect_level(explorer, 1)


@pytest.mark.parametrize(
    ("begin", "presses", "end"),
    [(0, "Right Right Right", 3), (2, "Left Left", 0), (1, "Right Left Right", 2), (0, "Left Right", 1)],
)
def test_presses_without_a_pause_are_all_counted(visitor: Page, begin: int, presses: str, end: int):
    visitor.goto(f"/?dataset=demo-shapes&level={begin}")
    expect(visitor.locator(f".steps[data-level='{begin}']")).to_be_visible()
    for press in presses.split():
        visitor.keyboard.press(f"Arrow{press}")
    steps.expect_level(visitor, end)
    visitor.wait_for_timeout(1500)
    steps.expect_level(visitor, end)
    assert steps.level(visitor) == end


def test_quick_clicks_on_coarser_are_all_counted_and_back_still_works(visitor: Page):
    visitor.goto("/?dataset=demo-shapes&level=0")
    expect(visitor.locator(".steps[data-level='0']")).to_be_visible()
    coarser = visitor.get_by_role("button", name=re.compile("^Coarser"))
    for _ in range(3):
        coarser.click()
        visitor.wait_for_timeout(120)
    steps.expect_level(visitor, 3)
    visitor.get_by_role("button", name=re.compile("^Finer")).click()
    steps.expect_level(visitor, 2)
    steps.settled(visitor)
    visitor.go_back()
    steps.expect_level(visitor, 3)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("/?dataset=nothing", "There is no data set 'nothing'"),
        ("/?dataset=demo-shapes&run=gone", "There is no run 'gone'"),
        ("/?dataset=demo-shapes&level=99", "level is 99, but this run ends at level"),
        ("/?dataset=demo-shapes&level=two", "level should be a number from 0 to"),
        ("/?dataset=demo-shapes&cluster=999999", "cluster is row 999999, but there are"),
        ("/?dataset=<img src=x onerror=alert(1)>", "There is no data set '<img"),
        ("/cluster?dataset=nothing", "There is no data set 'nothing'"),
    ],
)
def test_a_link_that_leads_nowhere_says_so(visitor: Page, link: str, told: str):
    alerts: list[str] = []

    def heard(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    visitor.on("dialog", heard)
    visitor.goto(link)
    expect(visitor.get_by_test_id("stAlert").filter(has_text=told)).to_be_visible()
    steps.no_failure(visitor)
    visitor.remove_listener("dialog", heard)
    assert alerts == []


def test_the_way_back_from_a_lost_link(visitor: Page):
    visitor.goto("/?dataset=nothing")
    visitor.get_by_role("button", name="Open the explorer afresh").click()
    expect(steps.cards(visitor).first).to_be_visible()
