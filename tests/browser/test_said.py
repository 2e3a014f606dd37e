"""What people say of a cluster: its keys, and two visitors at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hilander.services.journal import LOCAL
from hilander.services.undo import undo_own
from tests.browser import steps
from tests.browser.conftest import PATIENCE, WIDE, Server

FIELD = "Name this cluster"


def name_field(page: Page) -> Locator:
    return page.get_by_placeholder(FIELD)


@pytest.fixture
def link(page: Page, server: Server) -> Iterator[str]:
    """The way to the second largest cluster of a level; what was said is taken back when the test is over."""
    page.goto("/?dataset=demo-shapes&level=1")
    steps.cards(page).nth(1).click()
    expect(name_field(page)).to_be_visible(timeout=steps.SLOW)
    yield page.url
    for run in server.store.runs("demo-shapes"):
        while undo_own(server.store, run.id, who=LOCAL):
            pass


def test_keys_accept_and_reject_but_not_while_a_name_is_typed(page: Page, link: str):
    page.locator("body").press("a")
    expect(page.get_by_role("button", name="Accepted")).to_be_visible()
    name_field(page).click()
    page.keyboard.type("axax ax")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^axax ax · "))).to_be_visible()
    expect(page.get_by_role("button", name="Accepted")).to_be_visible()
    page.get_by_role("heading", name=re.compile("^axax ax · ")).click()
    page.locator("body").press("x")
    expect(page.get_by_role("button", name="Rejected")).to_be_visible()
    page.get_by_role("button", name="All clusters").click()
    card = steps.cards(page).filter(has_text="axax ax")
    expect(card.locator(".tag.bad")).to_have_text("rejected")
    steps.no_failure(page)


def test_two_visitors_are_told_of_each_other(page: Page, link: str, browser: Browser, server: Server):
    context = browser.new_context(viewport=WIDE, color_scheme="light", base_url=server.url)
    context.set_default_timeout(PATIENCE)
    other = context.new_page()
    other.goto(link)
    expect(name_field(other)).to_be_visible(timeout=steps.SLOW)
    for visitor, name in ((page, "Cats"), (other, "Tigers")):
        name_field(visitor).fill(name)
        name_field(visitor).press("Enter")
        told = visitor.get_by_role("heading", name=re.compile("^Cats · "))
        expect(told.or_(visitor.get_by_text("yours is not written")).first).to_be_visible()
    expect(other.get_by_text("yours is not written")).to_be_visible()
    other.get_by_role("button", name="Write mine").click()
    expect(other.get_by_role("heading", name=re.compile("^Tigers · "))).to_be_visible()
    page.goto(re.sub("&cluster=[0-9]+", "", link) + "&view=history")
    expect(page.get_by_role("button", name="Undo my last change")).to_be_visible()
    newest = page.locator("[class*=st-key-entry-]").first
    expect(newest).to_contain_text("Cats")
    expect(newest).to_contain_text("Tigers")
    newest.get_by_role("button", name="Undo").click()
    expect(page.locator("[class*=st-key-entry-]").first).to_contain_text("takes number")
    steps.no_failure(page)
    context.close()
