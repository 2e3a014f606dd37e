"""Choosing a level in the browser: about so many clusters, the slider of links, two levels side by side, the hint."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import steps

DEMO = "/?dataset=demo-shapes"


def opened(page: Page, query: str) -> None:
    page.goto(f"{DEMO}&{query}")
    expect(page.get_by_text("is recommended")).to_be_visible(timeout=steps.SLOW)


def test_the_labels_for_about_so_many_clusters_take_a_field_and_a_press(
    page: Page, clusters: Callable[[int], int], tmp_path: Path
):
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(page, "level=1")
    page.get_by_role("button", name="Got it").click()
    expect(page.get_by_role("button", name=re.compile("^Download "))).to_be_in_viewport()
    field = page.get_by_role("spinbutton", name="Clusters, about")
    near = clusters(2)
    field.fill(str(near + 2))
    field.press("Enter")
    steps.expect_gallery(page, 2)
    expect(page.get_by_text(f"Nearest level to {near + 2} clusters: level 2, with {near}.")).to_be_visible()
    button = page.get_by_role("button", name=re.compile(r"^Links of 0\.\d+ or more make \d+$"))
    made = int(button.inner_text().split()[-1])
    button.click()
    expect(page.get_by_role("heading", name=f"{made} clusters, largest first")).to_be_visible()
    steps.settled(page)
    assert len({row["cluster"] for row in steps.download(page, tmp_path)}) == made
    assert abs(made - near - 2) <= 3
    steps.no_failure(page)


def test_the_slider_of_links_tells_clusters_while_it_moves(page: Page):
    opened(page, "level=2")
    page.get_by_role("radiogroup", name="Cut by").get_by_text("Link confidence").click()
    told = page.locator(".links output").inner_text()
    expect(page.get_by_role("heading", name=f"{told}, largest first")).to_be_visible()
    expect(page.locator("tr.now")).to_have_count(0)
    slider = page.get_by_role("slider", name="Least link probability")
    slider.focus()
    for key in ("End", "ArrowLeft", "PageDown"):
        slider.press(key)
    place = slider.input_value()
    told = page.locator(".links output").inner_text()
    expect(page.get_by_role("heading", name=f"{told}, largest first")).to_be_visible()
    expect(page).to_have_url(re.compile(f"links={int(place) / 200:g}(&|$)"))
    page.reload()
    expect(page.locator(".links output")).to_have_text(told)
    page.locator("tr[data-level='3']").click()
    steps.expect_gallery(page, 3)
    steps.no_failure(page)


def test_two_levels_side_by_side(page: Page, clusters: Callable[[int], int]):
    opened(page, "level=1")
    page.get_by_role("radiogroup", name="Show").get_by_text("Compare").click()
    rows = page.get_by_role("group", name=re.compile("^Level 2 beside what is shown, page 1"))
    expect(rows.locator(".heads")).to_contain_text(f"Level 1 (shown) · {clusters(1)} clusters")
    pieces, whole = rows.locator(".pieces").first, rows.locator(".whole .card").first
    assert pieces.locator(".card").count() > 1
    peak = whole.get_attribute("data-id")
    whole.focus()
    page.keyboard.press("Enter")
    steps.expect_level(page, 2)
    expect(page).to_have_url(re.compile(rf"cluster={peak}(&|$)"))
    page.get_by_role("button", name="All clusters").click()
    expect(page.locator(".beside .heads")).to_contain_text("Level 2 (shown)")
    steps.no_failure(page)


def test_the_first_steps_stay_dismissed_and_come_back_when_asked(page: Page):
    opened(page, "level=1")
    hint = page.locator("section.bar")
    expect(hint).to_be_visible()
    page.get_by_role("button", name="Got it").focus()
    page.keyboard.press("Enter")
    expect(hint).to_be_hidden()
    opened(page, "level=2")
    expect(page.get_by_role("button", name="How the explorer works")).to_be_visible()
    expect(hint).to_be_hidden()
    page.get_by_role("button", name="How the explorer works").click()
    expect(hint).to_contain_text("Choose a level.")
