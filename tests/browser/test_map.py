"""The map in the browser: all images, hover, lasso to a list and a file, and the way to a cluster and back."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps

LINK = "/?dataset=demo-shapes&level=1&view=map"
DRAWN = re.compile(r"^\d+$")


@pytest.fixture
def canvas(page: Page) -> Locator:
    """The map of all images."""
    page.goto(f"{LINK}&points=images")
    found = page.locator(".map canvas")
    expect(found).to_have_attribute("data-drawn", "1592", timeout=steps.SLOW)
    steps.settled(page)  # a map that is ready has the page drawn once more
    found.scroll_into_view_if_needed()
    return found


def draw_around(page: Page, canvas: Locator, share: float = 0.3) -> None:
    box = canvas.bounding_box()
    assert box is not None
    x, y, r = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, share * box["height"]
    page.mouse.move(x + r, y)
    page.mouse.down()
    for step in range(1, 24):
        page.mouse.move(x + r * math.cos(step * math.pi / 12), y + r * math.sin(step * math.pi / 12))
    page.mouse.up()


def selected(page: Page) -> Locator:
    return page.get_by_role("heading", name=re.compile(r"^[\d,]+ images? selected"))


def test_hover_shows_the_image_and_a_click_opens_its_cluster(page: Page, canvas: Locator, record_property):
    canvas.focus()
    page.keyboard.press("ArrowUp")
    expect(canvas).to_have_attribute("data-hover", re.compile("shapes_.*cluster of", re.DOTALL))
    expect(page.locator(".map .tip img")).to_have_attribute("src", re.compile("^data:image/"))
    record_property("ms_to_thumbnail", canvas.get_attribute("data-waited"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"bright=\d+"))
    steps.settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("^Bright: cluster of"))).to_be_visible()
    expect(page.locator(".map canvas")).to_have_attribute("data-drawn", "1592")
    steps.no_failure(page)


def test_a_lasso_makes_a_list_that_is_exported_and_excluded(page: Page, canvas: Locator, tmp_path):
    page.get_by_role("button", name=re.compile("^Lasso")).click()
    draw_around(page, canvas)
    expect(selected(page)).to_be_visible()
    expect(page).to_have_url(re.compile("lasso="))
    n = int(selected(page).inner_text().split()[0].replace(",", ""))
    assert 0 < n < 1592
    expect(page.get_by_role("group", name="Selected images").locator("button.card")).to_have_count(min(n, 48))

    page.get_by_role("button", name=re.compile("Exclude$")).click()
    expect(selected(page)).to_contain_text(f"{n} of them excluded")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("Download CSV")).click()
    path = tmp_path / "selection.csv"
    waiting.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == n
    assert list(rows[0]) == ["id", "cluster", "peak", "excluded"]
    assert {row["excluded"] for row in rows} == {"true"}

    page.get_by_role("button", name=re.compile("Undo the last step")).click()
    expect(selected(page)).not_to_contain_text("excluded")
    page.reload()
    expect(selected(page)).to_contain_text(str(n))  # the link has it
    steps.no_failure(page)


def test_a_box_is_marked_with_the_keyboard_alone(page: Page, canvas: Locator):
    canvas.focus()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name=re.compile("^Box"))).to_have_attribute("aria-pressed", "true")
    for key in ("ArrowUp", "Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(selected(page)).to_be_visible()


def test_an_open_cluster_has_ghosts_around_it_and_is_found_on_the_whole_map(
    page: Page, clusters: Callable[[int], int]
):
    page.goto("/?dataset=demo-shapes&level=5")
    steps.cards(page).first.click()
    canvas = page.locator(".map canvas")
    expect(canvas).to_have_attribute("data-drawn", DRAWN, timeout=steps.SLOW)
    expect(page.locator(".map .legend")).to_contain_text("dashed: 8 nearest peaks")
    page.get_by_role("button", name=re.compile("Show on the map of all")).click()
    expect(page.get_by_text(re.compile("^Bright: cluster of"))).to_be_visible()
    expect(canvas).to_have_attribute("data-drawn", str(clusters(5)), timeout=steps.SLOW)
    steps.no_failure(page)
