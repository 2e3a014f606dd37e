"""The tree in the browser: looked into by click and by keyboard, image on hover, and back out again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps


@pytest.fixture
def opened(page: Page) -> Page:
    page.goto("/?dataset=demo-shapes&view=tree")
    expect(box(page, 1)).to_be_visible(timeout=steps.SLOW)
    steps.settled(page)
    return page


def box(page: Page, number: int) -> Locator:
    return page.locator(f".boxes [data-i='{number}']")


def crumbs(page: Page) -> Locator:
    return page.locator(".crumbs button")


def test_a_branch_is_looked_into_and_left_again(opened: Page):
    box(opened, 1).hover()
    expect(opened.locator(".tree .tip img")).to_have_attribute("src", re.compile("^data:image/"))
    expect(opened.locator(".tree .tip")).to_contain_text("Weakest link inside")
    box(opened, 1).click()
    expect(opened).to_have_url(re.compile(r"branch=\d+\.\d+"))
    expect(crumbs(opened)).to_have_count(2)
    expect(crumbs(opened).last.locator("img")).to_have_attribute("src", re.compile("^data:image/"))
    steps.settled(opened)
    opened.get_by_role("group", name="Parts of this branch").get_by_role("button").first.click()
    expect(crumbs(opened)).to_have_count(3)
    crumbs(opened).nth(1).click()
    expect(crumbs(opened)).to_have_count(2)
    opened.get_by_role("button", name="Show all").click()
    expect(opened).not_to_have_url(re.compile("branch="))
    steps.no_failure(opened)


def test_the_keyboard_alone_looks_inside_and_out_again(opened: Page):
    before = opened.locator(".boxes").get_attribute("aria-label")
    box(opened, 0).focus()
    opened.keyboard.press("ArrowDown")
    expect(box(opened, 1)).to_be_focused()
    opened.keyboard.press("ArrowRight")
    expect(box(opened, 2)).to_be_focused()
    expect(opened.locator(".boxes")).to_have_attribute("data-hover", re.compile("images"))
    opened.keyboard.press("Enter")
    expect(opened).to_have_url(re.compile(r"branch=\d+\.\d+"))
    expect(box(opened, 0)).to_be_focused()
    expect(opened.locator(".boxes")).not_to_have_attribute("aria-label", str(before))
    steps.settled(opened)
    opened.keyboard.press("Escape")
    expect(opened).not_to_have_url(re.compile("branch="))
    expect(opened.locator(".boxes")).to_have_attribute("aria-label", str(before))


@pytest.mark.parametrize("by_key", [True, False])
def test_a_window_of_another_width_leaves_the_focus_where_it_is(opened: Page, by_key: bool):
    if by_key:
        box(opened, 0).focus()
        opened.keyboard.press("ArrowDown")
    else:
        box(opened, 1).evaluate("box => box.focus({ focusVisible: false })")
    width = opened.locator(".boxes").evaluate("boxes => boxes.clientWidth")
    drawn_before = box(opened, 1).element_handle()
    opened.set_viewport_size({"width": 1000, "height": 800})
    opened.wait_for_function("box => !box.isConnected", arg=drawn_before)
    assert opened.locator(".boxes").evaluate("boxes => boxes.clientWidth") != width
    expect(box(opened, 1)).to_be_focused()
    told = opened.locator(".tree .tip")
    expect(told).to_be_visible() if by_key else expect(told).to_be_hidden()


def test_the_sunburst_shows_the_same_and_stands_in_the_link(opened: Page):
    drawn = opened.locator(".boxes").get_attribute("data-drawn")
    opened.get_by_text("Sunburst", exact=True).click()
    expect(opened.locator(".boxes svg .ring")).to_have_count(int(drawn or 0))
    expect(opened).to_have_url(re.compile("shape=sunburst"))
    steps.settled(opened)
    box(opened, 1).locator("path").first.dispatch_event("click")  # the middle of an arc may lie outside it
    expect(opened).to_have_url(re.compile(r"branch=\d+\.\d+"))
    opened.get_by_role("button", name="Open this cluster").click()
    expect(opened.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
