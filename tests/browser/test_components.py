"""Our three components in the browser: keyboard, hover, and texts that try to be HTML."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.services.small_uploads import png

MEAN = [
    '<img src=x onerror="window.hurt=1">.png',
    "\u202egnp.drawkcab.png",
    'it\'s "quoted".png',
    "*bold* `code`.png",
]

FOCUSED = """() => {
  let e = document.activeElement;
  while (e.shadowRoot) e = e.shadowRoot.activeElement;
  return e.dataset.id;
}"""


@pytest.fixture
def opened(page: Page) -> Page:
    page.goto("/?dataset=demo-shapes&level=1")
    expect(steps.cards(page).first).to_be_visible(timeout=steps.SLOW)
    return page


def test_the_gallery_works_with_the_keyboard_alone(opened: Page):
    steps.cards(opened).first.focus()
    opened.keyboard.press("ArrowRight")
    expect(steps.cards(opened).nth(1)).to_be_focused()
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowDown")
    below = opened.evaluate(FOCUSED)
    assert below != steps.cards(opened).first.get_attribute("data-id")
    steps.expect_level(opened, 1)
    opened.keyboard.press("Enter")
    expect(opened).to_have_url(re.compile(f"cluster={below}"))
    expect(opened.get_by_role("heading", name=re.compile("^Cluster of"))).to_be_visible()
    expect(opened.locator(".map canvas")).to_have_attribute(
        "data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW
    )
    steps.settled(opened)
    opened.keyboard.press("Escape")
    expect(steps.cards(opened).first).to_be_visible()


def test_the_map_shows_an_image_on_hover_and_opens_it_on_click(opened: Page):
    steps.cards(opened).first.click()
    canvas = opened.locator(".map canvas")
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW)
    canvas.scroll_into_view_if_needed()
    canvas.focus()
    opened.keyboard.press("ArrowUp")
    expect(canvas).to_have_attribute("data-hover", re.compile("shapes_"))
    expect(opened.locator(".map .tip img")).to_have_attribute("src", re.compile("^data:image/"))
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("dialog").get_by_text("Its peak at each level")).to_be_visible()


def test_the_map_zooms_and_fits_again(opened: Page):
    steps.cards(opened).first.click()
    canvas = opened.locator(".map canvas")
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"^\d+$"), timeout=steps.SLOW)
    whole = int(canvas.get_attribute("data-drawn") or 0)
    for _ in range(4):
        opened.get_by_role("button", name="Zoom in").click()
    assert int(canvas.get_attribute("data-drawn") or 0) < whole
    opened.get_by_role("button", name="Whole map").click()
    expect(canvas).to_have_attribute("data-drawn", str(whole))


def test_file_names_with_html_in_them_are_shown_as_text(page: Page, tmp_path: Path):
    archive = tmp_path / "mean.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in MEAN:
            file.writestr(name, png((200, 30, 30)))
    table = io.BytesIO()
    np.save(table, np.eye(len(MEAN), 8, dtype=np.float32) + 0.5)
    (tmp_path / "mean.npy").write_bytes(table.getvalue())

    page.goto("/data")
    for label, path in (("Embeddings", tmp_path / "mean.npy"), ("Images (archive)", archive)):
        page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input").set_input_files(path)
    titles = page.locator(".st-key-upload-report .card .title")
    expect(titles).to_have_count(len(MEAN))
    assert sorted(titles.all_inner_texts()) == sorted(MEAN)
    assert page.evaluate("window.hurt") is None
    steps.no_failure(page)
